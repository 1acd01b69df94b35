# jq's functions that are best said in jq. Each uses what stands before it.
def not: if . then false else true end;
def select(f): if f then . else empty end;
def values: select(. != null);
def nulls: select(type == "null");
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type == "array" or type == "object");
def scalars: select(type != "array" and type != "object");
def finites: select(isinfinite or isnan | not);
def normals: select(isnormal);
def toarray: if type == "array" then . else [.] end;

def map(f): [.[] | f];
def map_values(f): .[] |= f;
def add(f): [f] | add;
def recurse(f): def rec: ., (f | rec); rec;
def recurse(f; c): recurse(f | select(c));
def recurse: recurse(.[]?);
def with_entries(f): to_entries | map(f) | from_entries;
def walk(f): def rec: (if type == "object" or type == "array" then .[] |= rec else . end) | f; rec;

def first: .[0];
def last: .[-1];
def nth(n): .[n];
def nth($n; f):
  if $n < 0 then error("Out of bounds negative array index") else last(limit($n + 1; f)) end;
def skip($n; f): foreach f as $x ($n; . - 1; if . < 0 then $x else empty end);
def range($to): range(0; $to; 1);
def range($from; $to): range($from; $to; 1);
def until(c; f): def rec: if c then . else f | rec end; rec;
def while(c; f): def rec: if c then ., (f | rec) else empty end; rec;
def repeat(f): def rec: f, rec; rec;

def in(xs): . as $x | xs | has($x);
def inside(xs): . as $x | xs | contains($x);
def index($i): indices($i) | .[0];
def rindex($i): indices($i) | .[-1:] | .[0];
def any: any(.[]; .);
def all: all(.[]; .);
def any(f): any(.[]; f);
def all(f): all(.[]; f);
def combinations:
  if length == 0 then [] else .[0][] as $first | (.[1:] | combinations) as $rest | [$first] + $rest end;
def combinations(n): . as $all | [range(n)] | map($all) | combinations;

def paths: path(..) | select(length > 0);
def paths(f): path(.. | select(f)) | select(length > 0);
def leaf_paths: paths(scalars);
def pick(f): . as $all | reduce path(f) as $path (null; setpath($path; $all | getpath($path)));
def tostream:
  def events($path):
    if (type == "object" or type == "array") and length > 0 then
      keys_unsorted as $keys
      | ($keys[] as $key | .[$key] | events($path + [$key])), [$path + [$keys[-1]]]
    else [$path, .] end;
  events([]);
def fromstream(f):
  foreach f as $event ({};
    (if .done then {} else . end)
    | if $event | length == 2 then .value |= setpath($event[0]; $event[1]) | .done = ($event[0] == [])
      else .done = ($event[0] | length == 1) end;
    select(.done) | .value);
def truncate_stream(f): . as $depth | null | f | select(.[0] | length > $depth) | .[0] |= .[$depth:];

def test(re): test(re; null);
def match(re): match(re; null);
def capture(re): capture(re; null);
def scan(re): scan(re; null);
def splits(re): split(re; null) | .[];
def splits(re; flags): split(re; flags) | .[];
def sub(re; f): sub(re; f; "");
def gsub(re; f): sub(re; f; "g");
def gsub(re; f; $flags): sub(re; f; $flags + "g");

def INDEX(s; f): [s | {key: (f | tostring), value: .}] | from_entries;
def INDEX(f): INDEX(.[]; f);
def IN(s): . as $x | any(s; . == $x);
def IN(s; t): any(s; IN(t));
