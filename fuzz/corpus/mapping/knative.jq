# Knative Eventing: a Trigger sends events of a broker to a subscriber; what several Triggers want goes to all of them.

def broker: "\(.metadata.namespace // "default")/\(.spec.broker)";
def wanted: .spec.filter.attributes // {};
def subscriber: .spec.subscriber | "\(.ref | values | "\(.kind)-\(.name)")\(.uri // "")" // .uri;

[., inputs] | map(select(.kind? == "Trigger")) | group_by(broker)[]
| map(select(wanted == {})) as $everything
| .[]
| (if .spec.filters then
     { cannot: .spec.filters, why: "filters other than on attributes" }
   elif wanted == {} then
     { pattern: "\(broker).**", to: subscriber }
   elif wanted | keys == ["type"] then
     { event: "\(broker).\(wanted.type)", to: [subscriber, ($everything[] | subscriber)] }
   else
     { cannot: wanted, why: "a condition on more than the type" }
   end),
  (select(.spec.filters or (wanted | keys - ["type"] != []))
   | { cannot: [.spec.broker, .spec.subscriber], why: "where a condition leads" }),
  { ignore: [.metadata, .apiVersion, .spec.subscriber.ref.apiVersion],
    why: "names and versions of Kubernetes" }
