# kubernetes-event-exporter: a tree of routes that send events of Kubernetes to receivers.
#
# An event is its type, kind, reason and namespace: `Warning.Pod.BackOff.default`. All routes are asked. Rules are
# regular expressions that need not meet the whole text: one that is a name, or several with `|`, is converted for
# these names, and that it also meets longer ones is told.

def fields: ["type", "kind", "reason", "namespace"];

# The names that an expression lists. Of types there are two, so that none is longer.
def names: [(capture("^\\^\\(?(\\?:)?(?<names>[A-Za-z0-9|-]+)\\)?\\$$"), capture("^(?<names>[A-Za-z0-9|-]+)$")).names][0];
def is_exact($field): $field == "type" or test("^\\^([^|]+|\\(.*\\))\\$$");

# An empty field asks for nothing.
def asked: with_entries(select(.value | . != "" and . != {}));

# A rule as {type: [..], kind: [..]..}. null: a condition that is no list of names.
def condition:
  if asked | keys - fields - ["receiver"] != [] then null
  else
    . as $rule
    | [fields[] as $field | $rule[$field] | strings | select(. != "") | names as $names
       | {key: $field, value: (($names | values | split("|")) // null)}]
    | if all(.[]; .value) then from_entries else null end
  end;
def loose:
  . as $rule
  | fields[] as $field | $rule[$field] | strings | select(. != "" and (is_exact($field) | not))
  | { cannot: ., why: "a regular expression that also meets longer names" };

# What meets both.
def both($other):
  . as $one
  | [fields[] as $field
     | select($one[$field] or $other[$field])
     | {key: $field,
        value: (if $one[$field] and $other[$field] then $one[$field] - ($one[$field] - $other[$field])
                else $one[$field] // $other[$field] end)}] | from_entries;

def patterns:
  if . == {} then "**"
  else
    . as $condition
    | def product($rest):
        if $rest == [] then ""
        else ($condition[$rest[0]] // ["*"])[] as $name
             | ".\($name)" + product($rest[1:]) end;
    product(fields) | ltrimstr(".")
  end;

# What is dropped before a route is asked, as what is left. Of types only one is left.
def left:
  asked
  | if keys == ["type"] and (.type | names | IN("Normal", "Warning")) then
    { type: (["Normal", "Warning"] - [.type | names]) }
  else null end;

# Each rule with the condition under which it answers: a rule is asked if all before it held.
def rules($above):
  foreach (.match // [])[] as $rule ({now: $above};
    { rule: $rule,
      now: (.now as $now | if $now == null then null else $rule | condition | values | both($now) end // null) });

def route($above):
  [.drop[]? | left] as $left
  | if any($left[]; . == null) then { cannot: ., why: "what it drops, no pattern leaves out" }
    else
      { ignore: [.drop[]?, .match[]? | .[] | select(. == "" or . == {})], why: "an empty field asks for nothing" },
      ((reduce $left[] as $one ($above; both($one))) as $here
      | (rules($here)
         | .now as $now
         | .rule
         | if $now == null then
             { cannot: ., why: "a condition other than that a field is one of some names, or a rule after it" }
           else
             loose,
             (.receiver | values | { pattern: ($now | patterns), to: . }),
             (select(any($now[]; length == 0)) | { ignore: ., why: "no event meets all of it" })
           end),
        # The routes below are asked if all rules held.
        (([rules($here)] | last // {now: $here} | .now) as $now
         | .routes[]?
         | if $now == null then { cannot: ., why: "where such a condition leads" } else route($now) end))
    end;

def address:
  if .kafka then { kafka: .kafka.topic }
  elif .webhook then { http: .webhook.endpoint }
  elif .sqs then { sqs: .sqs.queueName }
  else {} end;

objects
| if .kind? == "ConfigMap" then
    (.data | objects | .[] | strings | select(test("(?m)^route:") and test("(?m)^receivers:"))
     | { cannot: ., why: "YAML within text: put it into a file of its own" }),
    { ignore: del(.data), why: "names of Kubernetes" }
  else
    select((.route? | type == "object") and (.receivers? | type == "array") and (.route.receiver | not))
    | { match: "all" },
      ((if .namespace then { namespace: [.namespace] } else {} end) as $watched | .route | route($watched)),
      (.receivers[] | { consumer: .name } + address),
      { ignore: .receivers, why: "how a receiver is reached, and what it is told" },
      (.maxEventAgeSeconds, .throttlePeriod | values | { cannot: ., why: "events that come late are left out" }),
      { ignore: del(.route, .receivers), why: "how the exporter runs" }
  end
