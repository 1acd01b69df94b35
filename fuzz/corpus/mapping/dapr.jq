# Dapr: a Subscription sends what is published on a topic to paths of apps, by type if it has rules.

select(.kind? == "Subscription")
| "\(.spec.pubsubname).\(.spec.topic)" as $topic
| (.scopes // ["any"]) as $apps
| def to($path): [$apps[] | "\(.)/\($path | ltrimstr("/"))"];
  def type_of: capture("^event\\.type *== *\"(?<type>[^\"]+)\"$").type;

  # v1alpha1: one path for the topic. v2alpha1: the first rule that holds, else the default.
  (.spec.route, .spec.routes.default | values | { pattern: "\($topic).**", to: to(.) }),
  (.spec.routes.rules // [] | .[]
   | [.match | type_of] as $type
   | if $type == [] then { cannot: .match, why: "a condition in CEL other than on the type" }
     else { event: "\($topic).\($type[0])", to: to(.path) } end),

  { ignore: .metadata, why: "the name of a subscription" },
  { ignore: .apiVersion, why: "both versions say the same" },
  (.spec | del(.pubsubname, .topic, .route, .routes) | .[]
   | { cannot: ., why: "how a topic is subscribed to" })
