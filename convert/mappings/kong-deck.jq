# Kong, as decK writes it: routes say which requests go to which service, flat or inside of a service. An event is a request,
# `HOST.METHOD.PART.PART`, where a dot inside of one of them is written `%2E`.

def told($why): { cannot: ., why: $why };
def each: if type == "array" then .[] else values end;
def list(f): f | arrays | .[] | objects;
# What a file says of all its services, or of all its routes, holds for one that does not say it.
def services: (._info.defaults.service? // {}) as $defaults | list(.services) | $defaults + .;
def quoted: gsub("[.]"; "%2E") | gsub("[*]"; "%2A");
def lost($why): select(. != {} and . != null) | told($why);

# `3.0` marks a regular expression with `~`; before, what is no plain text is one.
def regex($version): startswith("~") or (($version | startswith("3") | not) and test("[^A-Za-z0-9._~/%-]"));

# `${{ env "DECK_X" }}` is `${DECK_X}` here.
def variables: gsub("\\$\\{\\{ *env +\"(?<name>[A-Z0-9_]+)\"[^}]*\\}\\}"; "${\(.name)}");

def address:
  select(.url or .host)
  | .url // "\(.protocol // "http")://\(.host):\(.port // 80)\(.path // "")"
  | variables
  | if test("^https?:") then { http: . } elif test("^grpcs?:") then { grpc: . } else { other: . } end;

# Where the requests of a service go: to it, or to one of the targets of the upstream that is its host.
def arms($upstreams):
  [$upstreams[.host // ""] | list(.targets) | { key: .target, value: (.weight // 100) } | select(.value != 0)]
  | select(. != []) | from_entries;

def requests($version):
  (if .hosts == null or .hosts == [] then "*" else .hosts | each | if contains("*") then empty else quoted end end) as $host
  | (if .methods == null or .methods == [] then "*" else .methods | each end) as $method
  | (if .paths == null or .paths == [] then "/" else .paths | each | select(regex($version) | not) end) as $path
  | { path: $path, event: "\($host).\($method)\($path | quoted | gsub("/+$"; "") | gsub("/+"; "."))" };

# The same request may be for several routes. Kong asks the one with more conditions first; of as many the one with
# a host, then the one with a path, then the longer path, then the one that is older: here, that stands first.
def given: . != null and . != [] and . != {};
def order($path):
  [-([.hosts, .paths, .methods | select(given)] | length), (.hosts | given | not), (.paths | given | not), -($path | length)];

def route($version; $service; $upstreams):
  if any(.headers, .snis, .sources, .destinations, .expression; given) then told("a condition on more than host, method and path")
  elif $service == null then told("it has no service; a plugin answers")
  else
    . as $route
    | ($service | .name // .id // .host // .url) as $name
    | [$service | arms($upstreams)][0] as $arms
    | (requests($version) as { $path, $event }
       | { pattern: ($event, "\($event).**"), doc: $route.name, enabled: ($service.enabled == false | not),
           retries: ([$service.retries | numbers | select(. <= 100)][0]), order: ($route | order($path)) }
         + if $arms then { split: $arms } else { to: $name } end),
    ($route.paths | each
     | if regex($version) then told("a regular expression over paths")
       elif . == "/" then empty
       elif endswith("/") then told("the path without its last slash is met here as well")
       else told("a longer last part of a path is met by Kong as well") end),
    ($route.hosts | each | select(contains("*")) | told("a part of a host"))
  end;

[., inputs] | map(objects | select(._format_version or any(.services, .routes, .upstreams; type == "array")))
| select(length > 0)
| ([.[] | list(.upstreams)] | INDEX(.name)) as $upstreams
| [.[] | services] as $services
| ($services | map(select(.id)) | INDEX(.id)) + ($services | map(select(.name)) | INDEX(.name)) as $known
| [.[] | (._format_version // "3.0" | tostring) as $version
   | (services | . as $service | list(.routes) | route($version; $service; $upstreams)),
     (list(.routes)
      | (.service | if type == "object" then .name // .id else . end) as $name
      | route($version; (if $name then $known[$name] // { name: $name } else null end); $upstreams))] as $results
| { match: "first" },
  ($results | map(select(.pattern)) | sort_by(.order)[] | del(.order)),
  ($results[] | select(.pattern | not)),
  (.[]
   | (services | { consumer: (.name // .id // .host // .url) } + ([address][0] // {})),
   (list(.services)
    | (del(.name, .id, .url, .protocol, .host, .port, .path, .enabled, .retries, .routes, .plugins, .tags)
       | lost("how a service is connected to")),
      (.retries | values | select(type != "number" or . > 100) | told("not a number of retries that can be written")),
      (select(.url) | { ignore: [.protocol, .host, .port, .path], why: "its URL says the same" }),
      (select(.url or .host | not) | [.protocol, .port, .path] | told("a service without a host")),
      { ignore: [.retries, .enabled], why: "no route of the service was converted" },
      { ignore: [.id, .tags], why: "how people find a service" }),
   (list(.routes), (list(.services) | list(.routes))
    | (.protocols | values | if sort == ["http", "https"] then { ignore: ., why: "what a route is for if it does not say" }
                               else told("requests of other protocols are met here as well") end),
      (del(.name, .id, .hosts, .paths, .methods, .service, .protocols, .plugins, .tags)
       | lost("what is done to a request on its way")),
      { ignore: [.id, .name, .service, .tags], why: "how people find a route, and that it is of the service it stands in" }),
   (list(.upstreams)
    | (list(.targets) | select(.weight == 0) | told("a target that is sent nothing")),
      (list(.targets) | del(.target, .weight, .id, .tags) | lost("how one of several targets is picked")),
      (del(.name, .id, .targets, .tags) | lost("how one of several targets is picked")),
      (select(.name as $name | any($services[]; .host == $name) | not)
       | [.name, (list(.targets) | .target, .weight)] | told("an upstream that is the host of no service")),
      { ignore: [.id, .name, .tags, (list(.targets) | .id, .tags)], why: "how people find an upstream" }),
   (., list(.services), list(.routes), (list(.services) | list(.routes)), list(.consumers), list(.consumer_groups)
    | list(.plugins), list(.filter_chains) | told("what is done to a request on its way")),
   (list(.custom_entities), list(.custom_plugins), list(.cloned_plugins), list(.ai_models) | told("what plugins add")),
   (._info.defaults? | lost("what is done by default to requests and connections")),
   (., list(.services), list(.routes), (list(.services) | list(.routes)), list(.upstreams)
    | .services, .routes, .upstreams, .targets, .plugins, .hosts, .paths, .methods
    | select(length == 0) | { ignore: ., why: "nothing is listed" }),
   { ignore: [._format_version, ._info, ._workspace, ._konnect, ._comment, ._transform, ._plugin_configs],
     why: "which gateway the file is for, and what of it decK looks at" },
   { ignore: [.consumers, .consumer_groups, .rbac_roles], why: "who calls" },
   { ignore: [.certificates, .ca_certificates, .snis, .vaults, .keys, .key_sets, .licenses, .partials],
     why: "certificates, keys, and parts of plugins" })
