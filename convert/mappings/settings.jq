# Plain nested configuration: every scalar, and every list of scalars, is a setting of its path.

def plain: type == "array" and (length > 0) and all(.[]; type != "array" and type != "object");

def settings($path):
  if . == null or ((type == "array" or type == "object") and length == 0) then
    { cannot: [., $path], why: "nothing says of what type it is" }
  elif type == "object" then
    to_entries[] | .key as $key | .value | settings($path + [$key])
  elif $path == [] then
    { cannot: ., why: "a document that is one value, or a list, names no setting" }
  elif type == "array" and (plain | not) then
    { cannot: [., $path], why: "a list of lists or maps" }
  else
    { setting: ($path | join(".")), default: . }
  end;

settings([])
