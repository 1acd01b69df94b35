# AsyncAPI 2 and 3: applications say on which channels they receive and send.
#
# An event is the address of a channel, a consumer is an operation that receives. In version 2 the words are those of
# others: `publish` is what the application receives, `subscribe` what it sends. Where an operation takes only some
# messages of an address, the message is a further part of the name of the event.

def resolved($document):
  if type == "object" and has("$ref") then
    ."$ref" as $ref
    | ($ref | strings | select(startswith("#/")) | ltrimstr("#/") | split("/")
       | map(gsub("~1"; "/") | gsub("~0"; "~")) | . as $path | try ($document | getpath($path)) catch null) // null
  else . end;
def last_part: ."$ref"? | strings | split("/") | last;
def line: strings | trim | split("\n")[0] | select(. != "");

# The names of messages: in version 2 one message or `oneOf`, in version 3 a map.
def messages2: (if type == "object" and has("oneOf") then .oneOf[] else . end) | objects
  | .name // .messageId // last_part // .title // empty;

# {address, action, who, messages, all, parameters, doc}: what an operation does where.
def operations:
  . as $document
  | (.info.title // .id // "application") as $application
  | if (.asyncapi | tostring | startswith("2")) then
      .channels | objects | to_entries[]
      | .key as $address
      | (.value | resolved($document) | objects) as $channel
      | ($channel | {receive: .publish, send: .subscribe} | to_entries[] | select(.value | objects))
      | .key as $action
      | (.value | resolved($document) | objects)
      | { address: $address, action: $action, who: "\($application)/\(.operationId // "\($action) \($address)")",
          messages: [.message | messages2], all: [$channel.publish, $channel.subscribe | .message? | messages2],
          parameters: ($channel.parameters // {} | map_values(resolved($document) | objects | .enum? // .schema?.enum?)),
          doc: ([.summary, .description | line] | first), about: ([$channel.description | line] | first) }
    else
      .operations | objects | to_entries[]
      | .key as $name
      | (.value | resolved($document) | objects)
      | . as $operation
      | def on($channel; $action; $who; $some):
          ($channel | resolved($document) | if type == "object" then . else {} end)
          | { address: .address, action: $action, who: $who,
              messages: ($some // [.messages // {} | to_entries[].key]), all: [.messages // {} | to_entries[].key],
              parameters: (.parameters // {} | map_values(resolved($document) | objects | .enum)),
              doc: ([$operation.summary, $operation.description, $operation.title | line] | first),
              about: ([.summary, .description, .title | line] | first) };
        on(.channel; .action; "\($application)/\($name)"; [.messages[]? | last_part] | select(. != []) // null),
          (.reply | objects | resolved($document) | select(.channel and (.address | not))
           | on(.channel; (if $operation.action == "send" then "receive" else "send" end);
                "\($application)/\($name) reply"; [.messages[]? | last_part] | select(. != []) // null))
    end;

# An address with its parameters filled in: by each value, if they are listed, else `{}`.
def filled($parameters):
  [capture("\\{(?<name>[^{}]+)\\}")][0] as $parameter
  | if $parameter == null then .
    else
      ($parameters[$parameter.name] // ["{}"])[] as $value
      | sub("\\{[^{}]+\\}"; $value | tostring) | filled($parameters)
    end;
# {event}, {pattern}, or why there is none.
def names($parameters):
  if type != "string" then { why: "a channel without an address" }
  else
    [filled($parameters) | split(".")] as $names
    | if any($names[]; . == ["{}"]) then { why: "an address that is known only when it runs" }
      elif any($names[][]; contains("{}") and . != "{}") then
        { why: "a parameter that is no whole segment between dots" }
      else
        $names[]
        | if any(.[]; . == "{}") then { pattern: (map(if . == "{}" then "*" else . end) | join(".")) }
          else { event: join(".") } end
      end
  end;

# What each operation of one document says, and whether there are messages on its address that it does not take and
# that the application does not send.
def said:
  [operations] | group_by(.address)[]
  | ([.[].all[]] - [.[] | select(.action == "send") | .messages[]]) as $others
  | .[] | . + { some: (.action == "receive" and $others - .messages != []) };

# All operations on one address, of all documents.
def places:
  any(.[]; .some) as $by_message
  | .[]
  | . as $operation
  | .address | names($operation.parameters)
  | if .why then . + { cannot: (if $operation.address then [$operation.address, $operation.action, $operation.who] else $operation.who end) }
    elif $by_message then
      $operation.messages[] as $message | map_values("\(.).\($message)") | . + { operation: $operation }
    else . + { operation: $operation } end;

[., inputs]
| map(objects | select(.asyncapi and (.channels | type == "object")))
| [[.[] | said] | group_by(.address)[] | places] as $places
| (select(. != []) | { match: "all" }),
  ($places[] | select(.cannot)),
  ([$places[] | select(.operation)] | group_by(.event // .pattern)
   | map([.[] | .operation | select(.action == "receive") | .who] as $receivers
         | .[] | . + { receivers: $receivers })
   | (.[]
      | .operation as $operation
      | if $operation.action == "receive" then
          (del(.operation, .receivers) | . + { to: $operation.who, doc: $operation.about }),
          { consumer: $operation.who, doc: $operation.doc }
        elif .receivers != [] then
          del(.operation, .receivers) + { to: .receivers, doc: "sent by \($operation.who)" }
        else empty end),
     (map(select(.operation.action == "send" and .receivers == [])) | unique_by(.operation.who)[]
      | { cannot: [.operation.who, .event, .pattern], why: "it is sent; who receives it is not said" })),
  (.[]
   | . as $document
   | (((.channels, .operations) | objects | to_entries[]
       | select(.value | objects | has("$ref")) | select(.value | resolved($document) | type != "object")
       | { cannot: [.key, .value], why: "what another file describes" }),
      (.operations | objects | .[] | .reply? | objects | .address | values
       | { cannot: ., why: "an address that a message carries" }),
      { ignore: [.asyncapi, .info, .id, .servers, .tags, .externalDocs, .defaultContentType],
        why: "what the application is, and how servers are reached" },
      { ignore: [.components, .channels, .operations], why: "what messages look like, and how they are sent" },
      { ignore: ., why: "extensions" }))
