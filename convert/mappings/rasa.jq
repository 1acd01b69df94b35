# Rasa: a rule says which actions follow an intent; `domain.yml` names both, `endpoints.yml` says where actions are run.

def name: if type == "object" then keys[] else . end;
def told($why): { cannot: ., why: $why };

# The intents of a first step that asks for nothing more, one or several.
def intents: objects | (.or // [.]) | arrays | select(all(.[]; type == "object" and keys == ["intent"])) | .[].intent;
def rules: .rules? | arrays | .[] | objects;
def whole_turn:
  any(.steps[1:][]; type == "object" and (has("intent") or has("user") or has("or") or has("checkpoint"))) | not;
def always:
  (.steps | type == "array") and (.condition // .conversation_start // false | not)
  and ([.steps[0] | intents] != []) and whole_turn and any(.steps[]; .action?);

# Rasa 1 maps an intent to an action in the domain.
def mapped: .intents? | arrays | .[] | objects | to_entries[]
  | .key as $intent | .value | objects | .triggers | values | { event: $intent, to: . };

[., inputs] | map(objects)
| [.[] | .action_endpoint? | objects | .url | values] as $servers
| [.[] | .intents? | arrays | .[] | name] as $intents
| ($intents | INDEX(.)) as $declared
| [.[] | rules | select(always) | .steps[0] | intents] + [.[] | mapped | .event] as $routed
| (.[] | rules
   | if always then
       { event: (.steps[0] | intents | $declared[.] // .), to: [.steps[] | .action? | values], doc: .rule },
       (.steps[1:][] | if type == "object" then del(.action) | .[] else . end
        | told("what becomes of the state of a conversation")),
       (.wait_for_user_input | values | told("whether another prediction follows at once"))
     else told("a rule that asks for more than that an intent comes") end),
  (.[] | .stories? | arrays | .[] | told("a story: what follows an intent is learned from it")),
  ($intents[] | . as $intent | select(any($routed[]; . == $intent) | not) | told("no rule says what follows at any time")),
  (.[] | mapped),
  (.[] | .actions? | arrays | .[] | name | { consumer: ., http: (if startswith("utter_") then null else $servers[0] end) }),
  (.[] | .session_config? | objects | to_entries[] | { setting: "session_config.\(.key)", default: .value }),
  (.[] | .event_broker? | values | told("where all that happens in a conversation is copied to")),
  (.[] | .policies? | arrays | .[] | objects
   | .core_fallback_action_name, .core_fallback_threshold, .fallback_action_name, .core_threshold, .nlu_threshold
   | values | told("what is done if no prediction is sure enough")),
  (.[]
   | { ignore: .version, why: "the version of the format" },
     { ignore: [.intents?, .actions?, .rules?, .stories? | select(length == 0)], why: "nothing is listed" },
     { ignore: [.intents?, .actions?], why: "which entities an intent looks at, what an action is sent" },
     { ignore: [.slots?, .forms?, .entities?, .config?], why: "what an assistant remembers and asks for" },
     { ignore: [.responses?, .templates?, .e2e_actions?], why: "what an assistant says" },
     { ignore: [.nlu?], why: "examples of what users say" },
     { ignore: [.pipeline?, .policies?, .language?, .recipe?, .assistant_id?], why: "how an assistant is trained" },
     { ignore: [.action_endpoint?, .models?, .nlg?, .nlu_server?, .tracker_store?, .lock_store?, .importers?],
       why: "how an assistant is run" },
     { ignore: $servers, why: "where actions are run, of which there are none" })
