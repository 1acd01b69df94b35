# Benthos (Redpanda Connect): a stream reads inputs and writes outputs.
#
# An event is the kind of an input and what it reads (`kafka.orders`), a consumer is an output. Checks of a `switch`
# that compare metadata which the input sets are decided here; what it takes a message to decide is told.

def each: if type == "array" then .[] else . end;
# `{label: l, kafka: {..}}`, or `{type: kafka, kafka: {..}}` as it once was.
def kind: .type? // (del(.label, .processors, .plugin) | keys[0]);
def is_dynamic: type == "string" and contains("${!");

def address:
  if type == "object" then
    .topic // .subject // .channel // .stream // .queue // .queue_name // .url // .topic_arn // .target_address
    // .exchange // .path // .key // .table // .bucket // .address
  else . end;
def family: {
  kafka: "kafka", kafka_franz: "kafka", redpanda: "kafka", nats: "nats", nats_jetstream: "nats", amqp_0_9: "amqp",
  amqp_1: "amqp", redis_pubsub: "redis", redis_streams: "redis", redis_list: "redis", aws_sqs: "sqs", http_client: "http"
}[.] // "other";

# The inputs or outputs of which one is made.
def inner($resources):
  kind as $kind | .[$kind] as $it
  | if $kind == "resource" then $resources[$it] | values
    elif $kind == "fallback" or $kind == "try" then $it[0]
    elif $kind == "reject_errored" then $it
    else $it | objects | (.input, .output | objects), (.inputs, .outputs | iterables | .[] | objects) end;
def cases: kind as $kind | select($kind == "switch") | .switch.cases // .switch.outputs // [];
def is_made($resources): kind == "switch" or [inner($resources)] != [];
def takes_turns: kind as $kind | (.[$kind].pattern? // "") | IN("round_robin", "greedy");

# What an input reads: {event}, {pattern} or {glob}, and the metadata that it gives to it.
def sources($resources):
  kind as $kind | .[$kind] as $it
  | def named($meta): { event: "\($kind).\(.)", meta: {($meta): .} };
  if is_made($resources) then inner($resources) | sources($resources)
  elif $kind == "kafka" or $kind == "kafka_franz" or $kind == "redpanda" then
    if $it.regexp_topics then { cannot: $it.topics, why: "a regular expression over topics" }
    else
      ($it.topics | each | split(",") | .[] | trim)
      | if test(":[0-9]") then { cannot: ., why: "some partitions of a topic" } else named("kafka_topic") end
    end
  elif $kind | startswith("nats") then
    ($it.subject | values)
    | if test("[*>]") then { pattern: "\($kind).\(sub(">$"; "**"))", meta: {nats_subject: null} } else named("nats_subject") end
  elif $kind == "mqtt" then
    ($it.topics | each)
    | if test("[+#]") then { cannot: ., why: "a wildcard between slashes, which part no segments here" }
      else named("mqtt_topic") end
  elif $kind == "redis_pubsub" then
    ($it.channels | each)
    | if $it.use_patterns then { glob: "\($kind).\(.)", meta: {redis_pubsub_channel: null} } else named("redis_pubsub_channel") end
  elif $kind == "http_server" then $it.path // "/post" | named("http_server_request_path")
  else
    [$it | objects | .topics, .paths, .streams, .queues | values | each] as $many
    | (if $many != [] then $many[] else $it | .subscription? // address end)
    | if . then named("") else { event: $kind, meta: {} } end
  end;

# true, false, or null if it takes the message to tell.
def holds($meta):
  if has("condition") then null else (.check // "" | tostring | trim) as $check
  | if $check == "" or $check == "true" then true
    elif $check == "false" then false
    else
      [$check | capture("^(meta|metadata)\\(\"(?<name>[^\"]+)\"\\)(\\.string\\(\\))? *== *\"(?<value>[^\"]*)\"$"),
                capture("^@(?<name>\\w+) *== *\"(?<value>[^\"]*)\"$")][0]
      | if . == null then null
        elif .name as $name | $meta | has($name) then (if $meta[.name] then $meta[.name] == .value else null end)
        # Some other input would have set it.
        elif .name | IN("kafka_topic", "nats_subject", "mqtt_topic", "redis_pubsub_channel", "http_server_request_path")
        then false
        else null end
    end
  end;

# {to, at}, {split} or {drop}: what becomes of a message of which that metadata is known.
def targets($meta; $resources):
  kind as $kind | .[$kind] as $it
  | # The first case that holds; with `continue` the next one as well.
    def taken:
      reduce .[] as $case ({open: true, outputs: []};
        if .open and ($case | holds($meta)) then {open: ($case.continue == true), outputs: (.outputs + [$case.output])}
        else . end)
      | .outputs[];
    def leaf: select($kind != "reject" and ($it | address | is_dynamic | not))
    | { to: (.label // ([$kind, ($it | address | values | tostring)] | join(" "))),
        at: {($kind | family): ($it | address // $kind | tostring)} };
  if $kind == "switch" then cases | taken | targets($meta; $resources)
  elif $kind == "drop" then { drop: "the output is `drop`" }
  elif is_made($resources) | not then leaf
  elif takes_turns then
    [inner($resources) | select(is_made($resources) | not) | targets($meta; $resources) | select(.to)] as $arms
    | select(($arms | length) == ([inner($resources)] | length))
    | { split: ([$arms[] | {key: .to, value: 1}] | from_entries), arms: $arms }
  else inner($resources) | targets($meta; $resources) end;

# What has no counterpart, for messages of which such metadata is known.
def told($metas; $resources):
  kind as $kind | .[$kind] as $it
  | if $kind == "switch" then
      cases[]
      | if any(holds($metas[]); . == null) then
          { cannot: [.check // .condition, .], why: "a condition on a message, and where it leads" }
        else (.output | told($metas; $resources)) end
    elif $kind == "reject" then { cannot: $it, why: "a message that is given back to its input" }
    elif is_made($resources) | not then
      if $it | address | is_dynamic then { cannot: ., why: "an address that depends on the message" }
      else $it | .. | select(is_dynamic) | { cannot: ., why: "a part of an output that depends on the message" } end
    else
      (select($kind == "fallback" or $kind == "try")
       | { cannot: $it[1:], why: "where goes what the first output did not take" }),
      (select(takes_turns)
       | { cannot: $it.pattern, why: "whose turn it is: a `split` goes by the key of an event" }),
      (inner($resources) | told($metas; $resources))
    end;

def processors:
  if type == "object" then (.processors | values), (del(.processors) | .[] | processors)
  elif type == "array" then .[] | processors
  else empty end;

def resources($new; $old):
  [(.[] | .[$new]? | arrays | .[] | {key: .label, value: del(.label)}),
   (.[] | .resources?[$old]? | objects | to_entries[])] | from_entries;

def is_stream: (.input? | type == "object") or (.output? | type == "object");
def stream($inputs; $outputs):
  (.output // {stdout: {}}) as $output
  | [.input // {stdin: {}} | sources($inputs)] as $sources
  | [$sources[] | select(.meta)] as $events
  | ($sources[] | select(.cannot)),
    ($events[]
     | . as $source
     | [$output | targets($source.meta; $outputs)] as $targets
     | [$targets[].split | values] as $splits
     | del(.meta)
     | if $targets == [] or ($splits | length) > 1 then
         { cannot: $source, why: "no one output takes it whatever the message is" }
       elif all($targets[]; .drop) then . + $targets[0]
       else . + { to: [$targets[].to | values], split: $splits[0] } end,
       ($targets[] | (select(.to), .arms[]?) | { consumer: .to } + .at)),
    ($output | told([$events[].meta]; $outputs)),
    (.input, .output, .pipeline | processors
     | { cannot: ., why: "what Bloblang and other processors do to a message on its way" }),
    { ignore: [.input, .output, .pipeline], why: "how an input or an output is reached" },
    { ignore: [.input_resources, .output_resources, .resources], why: "how a resource is reached" },
    { ignore: del(.input, .output, .pipeline), why: "how Benthos runs and is tested" };

[., inputs] | map(objects) as $all
| ($all | resources("input_resources"; "inputs")) as $inputs
| ($all | resources("output_resources"; "outputs")) as $outputs
| ($all[]
   | if is_stream then { match: "all" }, stream($inputs; $outputs)
     else { ignore: [.input_resources, .output_resources], why: "how a resource is reached" } end)
