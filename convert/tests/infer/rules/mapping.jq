# By hand: a list of {on, notify}.

.notifications[]
| if .if then { cannot: [.if, .on, .notify], why: "a condition on content" }
  else
    { glob: (.on | if type == "array" then .[] else . end), to: .notify,
      timeout: .timeout, retries: .retries, enabled: .enabled, doc: .description }
  end
