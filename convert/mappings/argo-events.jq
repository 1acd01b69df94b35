# Argo Events: a Sensor depends on events of EventSources and runs triggers. An event is `SOURCE.EVENT`, under `NAMESPACE/` and
# `BUS/` where the Sensor names them; a consumer is `SENSOR/TRIGGER`.

def told($why): { cannot: ., why: $why };
def resources: objects | if .kind == "List" then .items[]? | objects else . end;
def scope: [.metadata.namespace, (.spec.eventBusName // "default" | select(. != "default")) | values | "\(.)/"] | add // "";
def event: "\(.eventSourceName // .gatewayName).\(.eventName)";

def names: scan("[^\\s()&|!]+");

def trigger($scope; $consumer; $dependencies):
  .template as $template
  | ($dependencies | INDEX(.name)) as $named
  # Without a condition, all dependencies must have come.
  | (if $template.conditions then [$template.conditions | names] else [$dependencies[].name] end) as $names
  | (if $template.conditions then $template.conditions | contains("&&") else $names | length > 1 end) as $all
  | if $all or $template.switch then
      [$template.name, $template.conditions, $template.switch, $named[$names[]]] | told("several events must have come")
    else
      $names[] as $name
      | $named[$name] as $from
      | if $from == null then [$name, $template.name] | told("a condition on a dependency that is not there")
        elif ($from.filters // {}) != {} then
          [$from, $template.name] | told("a condition on the content, the context or the time of an event")
        else { event: ($scope + ($from | event)), to: $consumer } end
    end,
    ($template | { consumer: $consumer, http: (.http.url? // .http.serverURL?), kafka: .kafka.topic?, nats: .nats.subject? }),
    # What is lost, by its key; the rest is what the trigger does.
    (.retryStrategy // $template.retryStrategy | values
     | told("retries are those of one trigger; here they would be those of all that an event goes to")),
    (.parameters | values | told("a part of the trigger is taken from the content of an event")),
    (.rateLimit | values | told("how often a trigger may run")),
    (.dlqTrigger | values | told("where an event goes that the trigger failed on")),
    (.atLeastOnce, $template.atLeastOnce | values | told("how surely an event is delivered")),
    ($template.conditionsReset | values | told("when events that have come are forgotten")),
    { ignore: [.policy, $template], why: "what a trigger does, and when it has succeeded" };

(objects | select(.kind == "List") | { ignore: [.kind, .apiVersion, .metadata], why: "a list of resources" }),
(resources
| if .kind == "Sensor" then
    scope as $scope
    | (.metadata | .name // .generateName // "sensor") as $sensor
    | (.spec.dependencies // []) as $dependencies
    | (.spec.triggers // [] | .[] | trigger($scope; "\($sensor)/\(.template.name)"; $dependencies)),
      ($dependencies[] | .transform | values | told("the content of an event is changed on its way")),
      ([.spec.triggers // [] | .[] | .template.conditions] as $conditions
       | select(all($conditions[]; . != null))
       | $dependencies[] | .name as $name | select(any($conditions[] | names; . == $name) | not)
       | told("no trigger asks for this dependency")),
      { ignore: [.spec.triggers?, .spec.dependencies? | select(length == 0)], why: "nothing is listed" },
      { ignore: [$dependencies[] | .filters, .filtersLogicalOperator], why: "there are no filters" },
      (.spec.circuit, .spec.dependencyGroups | values | told("several events must have come")),
      (.spec.errorOnFailedRound | values | told("a failure stops the sensor")),
      { ignore: (.spec // {} | del(.dependencies, .triggers)), why: "how a sensor is run" }
  elif .kind == "EventSource" then
    (.spec | objects | .[] | objects | .[] | objects | .filter | values | told("a condition on what becomes an event")),
    { ignore: .spec, why: "how events come about" }
  else empty end,
  { ignore: [.kind, .apiVersion, .metadata, .status], why: "names and versions of Kubernetes" })
