# Temporal's dynamic configuration: each key has values, and each value holds where its constraints say.
#
# The value without constraints becomes the setting. Those with constraints become the rows of a table beside it,
# `KEY_where`: the server asks for the constraints that it knows, most narrow first, and takes the setting if no row
# has them. A column that a row does not constrain is empty.

# `frontend.namespaceRPS` and `frontend.namespaceRPS.visibility` are both keys, but no path of ours is both a setting
# and a group: so the service is the group, and all the rest is one name.
def path: split(".") | [.[0], (.[1:] | select(. != []) | join("_"))] | join(".");
def column: gsub("(?<a>[a-z0-9])(?<b>[A-Z])"; "\(.a)_\(.b)") | gsub("[^A-Za-z0-9_]"; "_") | ascii_downcase;

# Temporal reads the names of constraints in any case, and types of task queues as numbers as well.
def columns: ["namespace", "namespaceID", "taskQueueName", "taskType", "shardID", "historyTaskType", "chasmTaskType",
              "destination"];
def constraints:
  [.constraints // {} | to_entries[]
   | {key: (.key | ascii_downcase),
      value: (if (.key | ascii_downcase) == "tasktype" then {"1": "Workflow", "2": "Activity"}["\(.value)"] // .value
              else .value end | tostring)}]
  | from_entries;
def is_known: constraints | keys - [columns[] | ascii_downcase] == [];

def is_duration: type == "string" and test("^([0-9]+(\\.[0-9]+)?(ns|us|µs|ms|s|m|h|d))+$");
def kind:
  if is_duration then "duration"
  elif type == "string" then "string"
  elif type == "number" then (if tostring | test("^-?[0-9]+$") then "int" else "float" end)
  elif type == "boolean" then "bool"
  elif type == "array" then "list"
  elif type == "object" then "map"
  else "nothing" end;
# Where a duration is meant, a number is one of seconds.
def meant($wanted): if $wanted == "duration" and kind == "int" then "\(.)s" else . end;

def is_flat: type == "object" and length > 0 and all(.[]; kind | IN("list", "map", "nothing") | not);
# Maps alike, one below the other.
def is_table:
  type == "array" and length > 0 and all(.[]; is_flat)
  and ([.[] | to_entries | map([.key, (.value | kind)])] | unique | length) == 1;

# A map is a group of settings.
def settings($path):
  if type == "object" and length > 0 then
    to_entries[] | .key as $key | .value | settings($path + "." + $key)
  elif is_table then
    { setting: $path, type: "table", columns: [.[0] | to_entries[] | {name: (.key | column), type: (.value | kind)}],
      default: [.[] | [to_entries[] | .key as $name | .value]] },
    { ignore: [.[1:][] | to_entries[].key], why: "the same columns as in the first row" }
  elif type == "array" and any(.[]; kind == "list" or kind == "map") then
    { cannot: [., $path], why: "a list of lists, or of maps that are not alike" }
  elif . == null or ((type == "array" or type == "object") and length == 0) then
    { cannot: [., $path], why: "nothing says of what type it is" }
  else
    { setting: $path, default: . }
  end;

# The values that hold only somewhere, one for each set of constraints.
def table($path; $type):
  [columns[] as $name | select(any(.[]; constraints[$name | ascii_downcase])) | $name] as $columns
  | { setting: "\($path)_where", type: "table",
      columns: ([$columns[] | {name: column, type: "string"}] + [{name: "value", type: $type}]),
      default: [.[] | . as $row
                | [$columns[] as $name | $row | constraints[$name | ascii_downcase] // ""] + [.value | meant($type)]] };

def of_key:
  .key as $key
  | ($key | path) as $path
  | [.value[] | select(.value != null and is_known)] as $values
  | [$values[] | select(constraints == {})] as $everywhere
  | [$values[] | select(constraints != {})] as $somewhere
  | (($everywhere + $somewhere)[0].value | kind) as $kind
  | ($everywhere[:1][] | .value | settings($path)),
    ($everywhere[1:][] | { cannot: ., why: "an earlier value holds everywhere" }),
    ([$somewhere[]
      | if (.value | meant($kind) | kind) != $kind then
          { cannot: [.value, .constraints, $key], why: "mistyped: the first value of this key is of type \($kind)" }
        elif $kind == "list" or $kind == "map" then
          { cannot: [.value, .constraints, $key], why: "a list or a map that holds only there" }
        else . end]
     | (.[] | select(has("cannot"))),
       ([.[] | select(has("value"))]
        | group_by(constraints)
        | (.[][1:][] | { cannot: [.value, .constraints, $key], why: "an earlier value holds there" }),
          (select(. != []) | map(.[0]) | table($path; $kind)))),
    (.value[] | select(is_known | not)
     | { cannot: [.constraints, .value, $key], why: "Temporal knows no such constraint" }),
    (.value[] | select(.value == null) | { cannot: [., $key], why: "there is no value" }),
    (select(.value | length == 0) | { cannot: [.value, $key], why: "there is no value" }),
    { ignore: [.value[] | select(constraints == {}) | .constraints], why: "no constraint: it holds everywhere" };

def is_values:
  type == "array" and length > 0 and all(.[]; type == "object" and (keys - ["constraints", "value"]) == []);

objects
| select(([.[] | select(is_values)] | length) * 2 > length)
| to_entries[]
| if .value == null then { cannot: [.value, .key], why: "there is no value" }
  elif .value | is_values or (type == "array" and length == 0) then of_key
  else { cannot: [.value, .key], why: "no list of values with constraints" } end
