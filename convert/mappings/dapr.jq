# Dapr: a Subscription sends what is published on a topic to paths of apps, by type if it has rules.
#
# Each subscription answers by itself, and in it the first rule that holds, else its default: so an event of a type
# that any subscription of the topic names goes where each of them sends it, and all else goes to the defaults.

def topic: "\(.spec.pubsubname).\(.spec.topic)";
def apps: .scopes // [] | if . == [] then ["any"] else . end;

# The types that a condition compares with `==`, one or several with `||`. null: it asks for something else.
def types:
  [split("||")[]
   | [capture("^\\s*event\\.type\\s*==\\s*(\"(?<a>[^\"]+)\"|'(?<b>[^']+)')\\s*$"),
      capture("^\\s*(\"(?<a>[^\"]+)\"|'(?<b>[^']+)')\\s*==\\s*event\\.type\\s*$")][0]
   | if . then .a // .b else null end]
  | if any(.[]; . == null) then null else . end;

# What a subscription tries, in order: v1alpha1 has one path, v2alpha1 rules and a default; `types: null` holds always.
def tried:
  (.spec.routes.rules // [] | .[]
   | if (.match // "") == "" then {types: null, path: .path}
     else .path as $path | .match | types | values | {types: ., path: $path} end),
  (.spec.routes.default, .spec.route | strings | select(. != "") | {types: null, path: .});
def path($type): [tried | select(.types == null or any(.types[]; . == $type)) | .path] | .[0] | values;
def to($path): [apps[] | "\(.)/\($path | ltrimstr("/"))"];

# What `kubectl get -o yaml` wraps in a list.
def is_list: (.kind? // "" | tostring | endswith("List")) and (.items? | type == "array");
def resources: objects | if is_list then .items[] | objects else . end;

[., inputs]
| (.[] | objects | select(is_list)
   | { ignore: [.metadata, .apiVersion], why: "names and versions of Kubernetes" },
     { ignore: [.items[] | objects | select(.kind != "Subscription")], why: "other resources" }),
  (map(resources | select(.kind? == "Subscription" and .spec?.pubsubname?)) | group_by(topic)[]
   | ([.[] | tried | .types | values | .[]] | unique) as $types
   | .[]
   | { pattern: "\(topic).**", to: to(path(null)) },
     ($types[] as $type | { event: "\(topic).\($type)", to: to(path($type)) }),
     (.spec.routes.rules // [] | .[] | select((.match // "") != "" and (.match | types) == null)
      | { cannot: [.match, .path], why: "a condition in CEL other than that the type is equal" }),
     { ignore: [.spec.routes, .spec.route], why: "an earlier rule takes what would get here" },
     { ignore: [.spec.pubsubname, .spec.topic, .scopes], why: "a subscription without a path" },
     { ignore: [.metadata, .apiVersion, .kind], why: "names and versions of Kubernetes" },
     (.spec | del(.pubsubname, .topic, .route, .routes) | to_entries[]
      | { cannot: .value, why: "how a topic is subscribed to" }))
