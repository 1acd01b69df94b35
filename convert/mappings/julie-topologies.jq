# Julie Ops: topologies name topics by context, project and topic, and say which principals read and write them.
#
# A topic is an event; who reads it is a consumer, who writes it stands in its `doc`. Names are composed as Julie does
# it unless `topology.topic.prefix.format` and `.separator` in its properties say otherwise: then change `prefix`.

# `context` was `team` once.
def context: .context // .team;
def prefix($project):
  [context,
   (to_entries[] | select(.key | IN("context", "team", "projects", "platform", "special_topics") | not)
    | .value | scalars | values),
   $project.name];

def each: if type == "array" then .[] else strings end;
def items: arrays | .[] | objects;
# A list of applications, or one under `access_control` beside artefacts.
def applications: (if type == "object" then .access_control else . end) | items;
def notes: to_entries[] | select(.value | scalars) | "\(.key): \(.value)";

# {topic, readers, writers, notes}: what one place of a topology says of one topic.
def declared($prefix; $project):
  { topic: ($prefix + [.name, (.dataType | values)] | join(".")),
    readers: [$project.consumers, .consumers | items | .principal],
    writers: [$project.producers, .producers | items | .principal],
    notes: [.metadata | objects | notes] };

# Applications name topics in full. Workers of Kafka Connect and schema registries keep their own state in topics.
def used:
  .principal as $principal
  | (.topics?.read? | each | { topic: ., readers: [$principal], writers: [], notes: [] }),
    (.topics?.write? | each | { topic: ., readers: [], writers: [$principal], notes: [] }),
    (.status_topic, .offset_topic, .configs_topic, .topic | values
     | { topic: ., readers: [$principal], writers: [$principal], notes: [] });

def users: (.projects | items | (.consumers | items), ((.streams, .ksql, .connectors) | values | applications)),
           (.platform?.schema_registry?.instances? | items);

def topics:
  . as $topology
  | (.projects | items
     | . as $project
     | ($topology | prefix($project)) as $prefix
     | (.topics | items | declared($prefix; $project)),
       ((.streams, .ksql, .connectors) | values | applications | used)),
    (.platform?.schema_registry?.instances? | items | used),
    (.special_topics | items | declared([]; {}));

def rest:
  (.projects | items
   | ({ ignore: [(.topics | items), (.consumers, .producers, .streams, .connectors | arrays)],
        why: "how a topic is stored, and how a principal that reads nothing writes" }),
     ((.ksql, .connectors) | objects | .artefacts, .artifacts | values
      | { cannot: ., why: "what it reads and writes stands in another file" }),
     ({ ignore: [(.ksql, .connectors) | objects | .access_control], why: "a principal that reads nothing" }),
     (.rbac, .schemas | values | { cannot: ., why: "rights that are no right to read a topic" }),
     (to_entries[]
      | select((.value | length > 0)
          and (.key | IN("name", "topics", "consumers", "producers", "streams", "connectors", "ksql", "rbac", "schemas") | not))
      | { cannot: .value, why: "a role that another file defines" }),
     { ignore: .name, why: "a project without topics" }),
  { ignore: .special_topics, why: "how a topic is stored" },
  (.platform | objects | to_entries[]
   | .key as $component
   | .value | objects | to_entries[] | select([$component, .key] != ["schema_registry", "instances"])
   | { cannot: .value, why: "rights over a cluster, or over all topics that begin alike" }),
  { ignore: .platform?.schema_registry?.instances?, why: "the group of a schema registry" },
  { ignore: [.. | select(. == [] or . == {} or . == null)], why: "nothing is listed" },
  { ignore: del(.projects, .platform, .special_topics), why: "a topology without topics" };

def doc: if . == [] then null else join("; ") end;

def is_topology: any(.projects, .special_topics; type == "array") or (.platform | type == "object");

def routes:
  [.[] | topics] as $topics
  | ([$topics[].readers[]] | unique) as $readers
  | ($topics | group_by(.topic)[]
     | [.[].readers[]] as $to
     | .[]
     | ([(select(.writers != []) | "written by \(.writers | unique | join(", "))"), .notes[]] | doc) as $doc
     | { event: .topic, doc: $doc }
       + (if $to == [] then { drop: "no principal reads it" } else { to: $to } end)),
    ([.[] | users | select(.principal as $name | any($readers[]; . == $name))]
     | group_by(.principal)[]
     | ([.[] | (del(.principal, .topic, .status_topic, .offset_topic, .configs_topic), (.metadata | objects)) | notes]
        | unique | doc) as $doc
     | .[] | { consumer: .principal, doc: $doc }),
    (.[] | rest);

[., inputs] | map(objects | select(is_topology))
| (.[] | select(context | not) | { cannot: ., why: "Julie refuses a topology without a context" }),
  (map(select(context)) | routes)
