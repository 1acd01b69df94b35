# Istio: a VirtualService sends what is addressed to a host to destinations, by weight.

def name: if .subset then "\(.host)/\(.subset)" else .host end;

select(.kind? == "VirtualService")
| .spec as $spec
| ($spec.http, $spec.tcp, $spec.tls | values | .[]) as $rule
| (if $rule.match then
     { cannot: $rule.match, why: "a condition on a request" },
     { cannot: $rule.route, why: "where a condition on a request leads" }
   elif $rule.route | not then
     { cannot: $rule, why: "an answer, or a redirect, by the mesh" }
   else
     # Also of one destination: two files that send a host elsewhere are at odds, and do not add up.
     { glob: $spec.hosts[],
       split: ([$rule.route[] | {key: (.destination | name), value: (.weight // 100)}] | from_entries),
       retries: $rule.retries.attempts, timeout: $rule.retries.perTryTimeout }
   end),
  (($rule | del(.match, .name, .route, .retries)),
   ($rule.retries | values | del(.attempts, .perTryTimeout))
   | .[] | { cannot: ., why: "what is done to a request on its way" }),
  { ignore: [$rule.route[]? | .destination.port], why: "ports of destinations" },
  { ignore: $spec.hosts, why: "hosts of rules that are conditions" },
  { ignore: [$rule.name, .metadata, .apiVersion], why: "names and versions of Kubernetes" },
  { ignore: [$spec.gateways, $spec.exportTo], why: "where the rule is in force" }
