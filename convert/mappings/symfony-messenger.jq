# Symfony Messenger: `framework.messenger.routing` sends classes of messages to transports.
#
# A class goes to its own senders; `*` takes what has none. (So does an interface that it implements: but which
# classes do, no file says.) Files of one application are read together.

def each: if type == "array" then .[] else . end;
def messenger: .framework?.messenger? | objects;
# `Class: async`, `Class: [async, audit]` or `Class: {senders: [..]}`; or a list of {message_class, senders}.
def routing:
  .routing
  | if type == "array" then .[] | objects | {key: (.message_class // ."message-class"), value: .}
    else objects | to_entries[] end
  | {key: .key, to: [.value | if type == "object" then .senders // .sender else . end | each | strings]};
def transports: .transports | objects | to_entries[];

def environments: to_entries[] | select(.key | startswith("when@"));
def is_messenger: any(messenger, (environments | .value | objects | messenger); .routing or .transports);

[., inputs] | map(objects | select(is_messenger))
| ([.[] | messenger | transports] | from_entries) as $transports
| ([.[] | messenger | routing | .to[]] | unique) as $used
| .[]
| (messenger
   | (routing
      | .key as $class | .to as $to
      | [$to[] | $transports[.] | objects | .retry_strategy | objects | {max_retries, delay}] as $retry
      | if $to == [] then { cannot: $class, why: "a message without a sender is handled where it arises" }
        elif ($retry | unique | length) > 1 or ($retry != [] and ($retry | length) < ($to | length)) then
          { glob: $class, to: $to },
          { cannot: $retry, why: "transports that retry in different ways; a route has one policy" }
        else
          { glob: $class, to: $to, retries: $retry[0].max_retries,
            retry_delay: (($retry[0].delay | values | "\(.)ms") // null) }
        end),

     (transports
      | .key as $name
      | ((.value | strings), (.value | objects | .dsn | values)
         | { consumer: $name, other: . }),
        (.value | objects
         | (.serializer, .options | values | { ignore: ., why: "how a transport writes its messages" }),
           (.failure_transport | values | { cannot: ., why: "where goes what failed too often" }),
           (.rate_limiter | values | { cannot: ., why: "how fast messages are taken" }),
           (.retry_strategy | objects
            | (.multiplier | values
               | if . == 1 then { ignore: ., why: "the pause stays the same" }
                 else { cannot: ., why: "the pause between retries cannot grow" } end),
              (.max_delay | values | { ignore: ., why: "a limit for pauses that grow" }),
              (.jitter | values | { cannot: ., why: "a pause that is drawn by lot" }),
              (.service | values | { cannot: ., why: "a program that decides on retries" })),
           (select($used | any(. == $name) | not)
            | { ignore: .retry_strategy, why: "retries of a transport that no route names" }))),

     (.failure_transport | values | { cannot: ., why: "where goes what failed too often" }),
     { ignore: [.routing, .transports], why: "an empty list" },
     { ignore: del(.routing, .transports, .failure_transport), why: "how Messenger works inside" }),

  (environments
   | .key as $key
   | .value | objects
   | (messenger | { cannot: [., $key], why: "what holds in one environment only" })),
  { ignore: (.framework | objects | del(.messenger)), why: "other parts of the framework" },
  { ignore: del(.framework), why: "other parts of the application" }
