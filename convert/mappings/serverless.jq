# Serverless Framework, inverted: each function lists what it is told. An event is `SERVICE.http.METHOD.PART.PART`,
# `SERVICE.schedule.RATE`, `SERVICE.websocket.ROUTE`, or what happens outside of a service: `sns.TOPIC`,
# `s3.BUCKET.ObjectCreated.*`.
# A dot inside of a part is written `%2E`, placeholders stay as they are; a function is `SERVICE/FUNCTION`.

def told($why): { cannot: ., why: $why };
def lost($why): select(. != null and . != {} and . != []) | told($why);
def each: if type == "array" then .[] else . end;

def outside($of; $put): gsub("(?<kept>[$][{][^}]*[}])|\($of)"; .kept // $put);
def quoted: outside("[.]"; "%2E");

# Resources are named, or pointed at as CloudFormation does. What points is of one service, and so are placeholders.
def name:
  if type == "object" then ((."Fn::GetAtt" // ."!GetAtt") | if type == "array" then join(".") else . end)
    // .Ref // ."!Ref" // ."Fn::ImportValue" // ."!ImportValue" // ."!Sub" // tojson
  else . end
  | tostring | quoted | gsub("^[*]+$"; "%2A");
def name($service):
  if type == "object" or (type == "string" and contains("${")) then "\($service)/\(name)" else name end;

def arn($service): if type == "string" and startswith("arn:") then name($service) else "\($service)/\(name)" end;

# `/todos/{id}` and `/{proxy+}`.
def path:
  tostring | split("/") | map(if test("^[{].*[+][}]$") then "**" elif test("^[{].*[}]$") then "*" else quoted end)
  | join("/") | gsub("^/+|/+$"; "") | outside("/+"; ".") | if . == "" then . else ".\(.)" end;

def request($function; $provider):
  (.http // .httpApi) as $http
  | (."x-azure-settings" // {}) as $azure
  | if ($http | type) == "string" and ($http | contains(" ")) then $http | capture("^(?<method>[^ ]+) +(?<path>.*)$")
    elif $http == "*" then { path: "*" }
    elif ($http | type) == "string" then { path: (if $provider == "google" then $function else $http end) }
    elif ($http | type) == "object" then { method: $http.method, path: ($http.path // $http.url // "") }
    else
      { method: (.methods // .method // $azure.methods),
        path: (.path // .route // $azure.route // (if $provider == "azure" then $function else empty end)) }
    end
  | .path as $path
  | (.method // "*" | each | if test("^any$"; "i") then "*" elif test("^[a-z]+$") then ascii_upcase else . end) as $method
  | if $path == "*" then "http.**" else "http.\($method)\($path | path)" end;

def pattern($service):
  (.pattern // .event | objects) as $pattern
  | select($pattern.source and ($pattern | keys - ["source", "detail-type"]) == [])
  | select([$pattern.source, $pattern."detail-type" | values | each | type == "string"] | all)
  | (.eventBus // "default" | name($service)) as $bus
  | ($pattern.source | each) as $source
  | (if $pattern."detail-type" then $pattern."detail-type" | each | name else "**" end) as $type
  | "eventBridge.\($bus).\($source | name).\($type)";

# The names of what a function is told; none if they cannot be said.
def names($kind; $service; $function; $provider):
  .[$kind] as $value
  | ($value | if type == "object" then . else {} end) as $of
  | if $kind == "http" or $kind == "httpApi" then "\($service).\(request($function; $provider))"
    elif $kind == "schedule" then $of.rate // ($value | strings) | each | "\($service).schedule.\(name)"
    elif $kind == "websocket" then $of.route // ($value | strings) | "\($service).websocket.\(name)"
    elif $kind == "eventBridge" or $kind == "cloudwatchEvent" then
      ($of.schedule | values | "\($service).schedule.\(name)"), ($of | pattern($service))
    elif $kind == "s3" then
      "s3.\($of.bucket // $value | name($service)).\($of.event // "s3:ObjectCreated:*" | ltrimstr("s3:") | gsub(":"; "."))"
    elif $kind == "iot" then
      $of.sql | strings | capture("from +'(?<topic>[^']+)' *$"; "i").topic
      # Rules for wildcards are told as well as those for the topic, and not instead.
      | select(test("[+#]") | not) | "iot.\(quoted)"
    elif $kind == "msk" or $kind == "activemq" or $kind == "rabbitmq" then
      $of | select(.arn) | "\($kind).\(.arn | arn($service)).\(.topic // .queue | name($service))"
    elif $kind == "cognitoUserPool" then $of | select(.pool) | "cognitoUserPool.\(.pool | name($service)).\(.trigger | name)"
    elif $kind == "event" then $of | select(.eventType) | "\(.eventType | name).\(.resource | name)"
    elif $kind == "serviceBus" then
      ."x-azure-settings" | objects | .queueName // .topicName | values | "serviceBus.\(name($service))"
    elif ["sns", "sqs", "stream", "kafka", "alexaSkill", "alexaSmartHome", "cloudwatchLog", "trigger"] | any(. == $kind) then
      if $of.arn then "\($kind).\($of.arn | arn($service))"
      else
        ($of | .topicName // .topic // .appId // .logGroup // .trigger // .name) // ($value | strings)
        | "\($kind).\(name($service))"
      end
    else empty end;

def conditions: objects | .filterPolicy, .filterPatterns, .filter, .rules, .conditions | values;

# Of paths that meet the same, the one that is literal further to the left answers, of one path a method before any method.
def rank:
  capture("[.]http[.](?<method>[^.]+)[.](?<path>.*[*].*)$")
  | -(reduce ((.path | split("."))[], .method) as $part (0; . * 2 + (if $part | startswith("*") then 1 else 0 end)));

def event($service; $function; $provider; $doc):
  "\($service)/\($function)" as $consumer
  | if type == "string" then
      if contains("${") then told("events that are written in another file") else { pattern: "\(.).**", to: $consumer } end
    elif type != "object" then { ignore: ., why: "nothing is listed" }
    else
      [keys_unsorted[] | select(startswith("x-") | not)][0] as $kind
      | .[$kind] as $value
      | [names($kind; $service; $function; $provider)] as $names
      | if [$value | conditions] != [] then told("a condition on the content of an event")
        elif ."x-azure-settings".direction == "out" then told("what a function gives, and not what it is told")
        elif $names == [] then told("what a function is told has no name")
        else
          ($names[]
           | { pattern: ., to: $consumer, doc: $doc, rank: ([rank][0]),
               enabled: ([$value | objects | .enabled | booleans][0]) }),
          ($value | objects | del(.path, .url, .method, .rate, .route, .bucket, .event, .arn, .topicName, .topic, .queue, .sql,
                                  .appId, .logGroup, .pool, .trigger, .eventBus, .pattern, .schedule, .enabled, .eventType,
                                  .resource)
           | lost("what is done around an event")),
          (del(.http, .httpApi, .methods, .method, .path, .route) | with_entries(select(.key != $kind))
           | lost("what is done around an event")),
          ($value | objects | .enabled | strings | told("whether it is on is filled in later")),
          { ignore: ($value | nulls), why: "what it is stands beside it" },
          { ignore: ($value | objects | .topicName), why: "the ARN says which topic it is" }
        end
    end;

def service:
  (.service | if type == "object" then .name else . end | name) as $service
  | (.provider | if type == "object" then .name else . end) as $provider
  | (.functions | each | if type == "string" then told("functions that are written in another file") else
       to_entries[] | .key as $function
       | .value
       | [objects | .description | strings][0] as $description
       | if type == "object" then
           { consumer: "\($service)/\($function)", doc: $description,
             other: ([.handler, .image, .script | strings][0]) },
           (.events | if type == "array" then .[] else values end | event($service; $function; $provider; $description)),
           (.sequence | lost("functions that are run one after the other")),
           (.destinations, .onError | lost("where the result of a function goes")),
           (.timeout, .maximumRetryAttempts, .maximumEventAge
            | lost("it is the function's; here it would be that of all that an event goes to")),
           { ignore: (.events | select(length == 0)), why: "nothing is listed" },
           { ignore: del(.events), why: "how a function is run" }
         elif type == "string" then { cannot: [$function, .], why: "a function that is written in another file" }
         else { consumer: "\($service)/\($function)" }, { ignore: ., why: "a function of which nothing is said" } end
     end),
  (.resources, .stepFunctions, .constructs | lost("what is deployed beside the functions, which may send events too")),
  { ignore: del(.functions), why: "how a service is deployed" };

# A bus tells a rule for all types of a source as well as one for the type.
[., inputs] | [.[] | objects | select(.functions and .provider)
  | . as $file | try service catch { cannot: $file, why: "a file that is not understood: \(.)" }] as $results
| [$results[] | select(.pattern | strings | startswith("eventBridge.") and endswith(".**"))] as $wide
| $results[]
| if .pattern | type == "string" and startswith("eventBridge.") then
    .pattern as $pattern
    | . + { to: [.to, ($wide[] | select(.pattern | rtrimstr("**") as $head | $pattern | startswith($head)) | .to)] }
  else . end
