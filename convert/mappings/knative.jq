# Knative Eventing: a Trigger sends events of a broker to a subscriber. Each that wants an event gets it.

def broker: "\(.metadata.namespace // "default")/\(.spec.broker // "default")";
def subscriber:
  .spec.subscriber
  | if .ref then "\(.ref.kind)-\(.ref.name)\(.uri // "")" else .uri end;

# What a filter lets through: {all}, or {types} and {heads} of types. null: it asks for something else.
def all_of:
  if any(.[]; . == null) then null
  else
    map(select(.all | not))
    | if . == [] then {all: true} elif length == 1 then .[0]
      elif all(.[]; .heads == []) then
        {types: (reduce .[1:][].types as $types (.[0].types; . - (. - $types))), heads: []}
      else null end
  end;
def wanted:
  if .exact then .exact | if keys == ["type"] then {types: [.type], heads: []} else null end
  elif .prefix then
    .prefix
    | if keys == ["type"] and (.type | endswith(".")) then {types: [], heads: [.type | rtrimstr(".")]} else null end
  elif .any then
    [.any[] | wanted]
    | if any(.[]; . == null) then null elif any(.[]; .all) then {all: true}
      else {types: [.[].types[]], heads: [.[].heads[]]} end
  elif .all then [.all[] | wanted] | all_of
  else null end;

# `filters`, if there are any, are in force instead of `filter`; an attribute without a value is there, whatever it is.
def filter:
  if (.spec.filters // []) != [] then [.spec.filters[] | wanted] | all_of
  else
    (.spec.filter.attributes // .spec.filter.sourceAndType // {})
    | with_entries(select(.value != "" and .value != "Any"))
    | if . == {} then {all: true} elif keys == ["type"] then {types: [.type], heads: []} else null end
  end;

# What `kubectl get -o yaml` wraps in a list.
def is_list: (.kind? // "" | tostring | endswith("List")) and (.items? | type == "array");
def resources: objects | if is_list then .items[] | objects else . end;

[., inputs]
| (.[] | objects | select(is_list)
   | { ignore: [.metadata, .apiVersion], why: "names and versions of Kubernetes" },
     { ignore: [.items[] | objects | select(.kind != "Trigger")], why: "other resources" }),
  (map(resources | select(.kind? == "Trigger" and .spec?.subscriber?))
   | (select(. != []) | { match: "all" }),
     (.[]
      | filter as $filter
      | (if $filter == null then
           { cannot: (.spec.filters // .spec.filter), why: "a condition on more than the type" },
           { cannot: [.spec.broker, .spec.subscriber], why: "where a condition leads" }
         elif $filter.all then { pattern: "\(broker).**", to: subscriber }
         else
           { event: "\(broker).\($filter.types[])", to: subscriber },
           { pattern: "\(broker).\($filter.heads[]).**", to: subscriber },
           (select($filter.types == [] and $filter.heads == [])
            | { ignore: .spec, why: "no event passes all filters" })
         end),
        (select($filter and (.spec.subscriber.ref | not)) | { consumer: subscriber, http: subscriber }),
        (select(.spec.filters) | { ignore: .spec.filter, why: "`filters` are in force instead" }),
        { ignore: [.spec.filter, .spec.filters], why: "any value will do" },
        (.spec.delivery | values | { cannot: ., why: "how delivery to one subscriber is retried" }),
        { ignore: [.metadata, .apiVersion, .kind, .status, .spec.subscriber.ref], why: "names and versions of Kubernetes" }))
