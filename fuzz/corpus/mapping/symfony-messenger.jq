# Symfony Messenger: `framework.messenger.routing` sends classes of messages to transports.

def each: if type == "array" then .[] else . end;

.framework?.messenger? as $messenger
| select($messenger | objects | .routing or .transports)

| ($messenger.routing // {} | to_entries[]
   # `Class: async`, `Class: [async, audit]` or `Class: {senders: [..]}`
   | (.value.senders? // .value) as $to
   | [$to | each | $messenger.transports[.]?.retry_strategy? | values] as $retry
   | { event: .key, to: $to,
       retries: $retry[0].max_retries,
       retry_delay: (($retry[0].delay | values | "\(.)ms") // null) }),

  ($messenger.transports // {} | to_entries[]
   | { consumer: .key, other: (.value.dsn? // .value) },
     (.value.serializer?, .value.options? | values
      | { ignore: ., why: "how a transport writes its messages" }),
     (.value.retry_strategy? | values
      | (.multiplier | values
         | if . == 1 then { ignore: ., why: "the pause stays the same" }
           else { cannot: ., why: "the pause between retries cannot grow" } end),
        (.max_delay | values | { ignore: ., why: "a limit for pauses that grow" }))),

  ($messenger | del(.routing, .transports)
   | { ignore: ., why: "how Messenger works inside" }),
  { ignore: (.framework | del(.messenger)), why: "other parts of the framework" },
  { ignore: del(.framework), why: "other parts of the application" }
