# StackStorm: a rule runs an action when a trigger fires. An event is the trigger, what its instance was made with, and the values
# that its rules ask for: `core.st2.webhook.url=sample.trigger.body.name=st2`.

def instance: .trigger | [.type // .name] + [.parameters // {} | to_entries | sort_by(.key)[] | "\(.key)=\(.value)"];
def asked: .criteria // {} | keys;
# PyYAML, with which StackStorm reads, takes `on` and `yes` for true.
def on: . == true or (type == "string" and test("^(on|yes|true)$"; "i"));
def equal: (.type == "equals" or .type == "eq") and (.pattern | scalars | tostring | contains("{{") | not);
def backstop: .type.ref == "backstop";

def told($why): { cannot: [.trigger, .criteria, .action.ref, .enabled], why: $why };

[., inputs] | map(select((.trigger? | type) == "object" and (.trigger.type // .trigger.name)))
| (group_by(instance)[]
   # One name meets an event only if all rules ask the trigger for the same, or a rule asks for nothing.
   | (map(select(backstop | not) | asked) | unique | length) as $ways
   | [.[]
      | if .action.ref | not then told("a rule without an action, which StackStorm refuses")
        elif backstop then told("it holds if no other rule of the trigger does")
        elif all(.criteria // {} | .[]; equal) | not then told("a condition other than that values are equal")
        elif asked != [] and $ways > 1 then told("rules of one trigger ask for different values")
        else
          { event: (instance + [.criteria // {} | to_entries | sort_by(.key)[] | "\(.key)=\(.value.pattern)"] | join(".")),
            # A rule that does not say so is off: `default: False` in StackStorm's schema of rules.
            to: .action.ref, enabled: (.enabled | on), doc: .description, rule: .name }
        end]
   | (.[] | select(.cannot)),
     (map(select(.event)) | group_by([.event, .to])[] | map(select(.enabled)) | .[1:][]
      | { cannot: .rule, why: "a second rule runs the same action, which is told once" }),
     (.[] | select(.event) | del(.rule))),
  (.[] | { ignore: [.name, .pack, .tags, .description, .id, .ref, .uid, .metadata_file], why: "how people find a rule" },
         { ignore: [.action.parameters, .action.description], why: "what an action is given" },
         { ignore: [.trigger.ref, .trigger.description], why: "how StackStorm names an instance of a trigger" },
         { ignore: (.type // {}), why: "rules are of the standard type" },
         { ignore: [.criteria, .trigger.parameters], why: "there are none" })
