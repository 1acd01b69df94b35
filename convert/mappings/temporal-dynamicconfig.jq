# Temporal's dynamic configuration: each key has values, and each value holds where its constraints say.
#
# The value without constraints becomes the setting. Those with constraints become two lists, the one beside the
# other: `KEY_where.constraints` ("namespace=a taskQueueName=b") and `KEY_where.values`; the server asks for the
# constraints that it knows, most narrow first, and takes the setting if none is there.

# `frontend.namespaceRPS` and `frontend.namespaceRPS.visibility` are both keys, but no path of ours is both a setting
# and a group: so the service is the group, and all the rest is one name.
def path: split(".") | [.[0], (.[1:] | select(. != []) | join("_"))] | join(".");

def known: {
  namespace: "namespace", namespaceid: "namespaceID", taskqueuename: "taskQueueName", tasktype: "taskType",
  shardid: "shardID", historytasktype: "historyTaskType", chasmtasktype: "chasmTaskType", destination: "destination"
};
# Sorted, in one spelling: Temporal reads them in any case, and task types as numbers as well.
def constraint:
  known[.key | ascii_downcase] as $name
  | "\($name)=\(if $name == "taskType" then ({"1": "Workflow", "2": "Activity"}[.value | tostring] // .value) else .value end)";
def constraints: [.constraints // {} | to_entries[] | constraint] | sort | join(" ");
def is_known: [.constraints // {} | to_entries[] | known[.key | ascii_downcase]] | all;

def is_duration: type == "string" and test("^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+$");
def kind:
  if is_duration then "duration"
  elif type == "string" then "text"
  elif type == "number" then (if tostring | test("^-?[0-9]+$") then "whole number" else "number" end)
  elif type == "array" then "list"
  elif type == "object" then "map"
  else type end;
# Where a duration is meant, a number is one of seconds.
def meant($wanted): if $wanted == "duration" and kind == "whole number" then "\(.)s" else . end;

# A map is a group of settings.
def settings($path):
  if type == "object" and . != {} then
    to_entries[] | .key as $key | .value | settings($path + "." + $key)
  elif type == "array" and any(.[]; type == "array" or type == "object") then
    { cannot: [., $path], why: "a list of lists or maps" }
  elif . == null or . == [] or . == {} then
    { cannot: [., $path], why: "nothing says of what type it is" }
  else
    { setting: $path, default: . }
  end;

def of_key:
  .key as $key
  | ($key | path) as $path
  | [.value[] | select(has("value") and .value != null and is_known)] as $values
  | [$values[] | select(constraints == "")] as $everywhere
  | [$values[] | select(constraints != "")] as $somewhere
  | (($everywhere + $somewhere)[0].value | kind) as $kind
  | ($everywhere[:1][] | .value | settings($path)),
    ($everywhere[1:][] | { cannot: ., why: "an earlier value holds everywhere" }),

    ($somewhere[]
     | if (.value | meant($kind) | kind) != $kind then
         { cannot: [.value, .constraints, $key], why: "mistyped: the first value of this key is a \($kind)" }
       elif $kind == "list" or $kind == "map" then
         { cannot: [.value, .constraints, $key], why: "a list or a map that holds only there" }
       else empty end),
    ([$somewhere[] | select(.value | meant($kind) | kind == $kind and kind != "list" and kind != "map")]
     | group_by(constraints)
     | (.[][1:][] | { cannot: [.value, .constraints, $key], why: "an earlier value holds there" }),
       (select(. != [])
        | { setting: "\($path)_where.constraints", default: [.[][0] | constraints] },
          { setting: "\($path)_where.values", default: [.[][0].value | meant($kind)] })),

    (.value[] | select(is_known | not)
     | { cannot: [.constraints, .value, $key], why: "Temporal knows no such constraint" }),
    (.value[] | select(.value == null)
     | { cannot: [., $key], why: "there is no value" }),
    (select(.value == []) | { cannot: [.value, $key], why: "there is no value" }),
    { ignore: [.value[] | select(.constraints == null or .constraints == {}) | .constraints], why: "no constraint: it holds everywhere" };

objects
| select(any(.[]; (arrays | .[] | objects | has("value")) // false))
| to_entries[]
| if (.value | type) == "array" and all(.value[]; type == "object") then of_key
  elif .value == null then { cannot: [.value, .key], why: "there is no value" }
  else { cannot: [.value, .key], why: "no list of values with constraints" } end
