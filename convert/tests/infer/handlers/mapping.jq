# By hand: event -> handlers, which are services.

(.handlers? | values | to_entries[] | { event: .key, to: .value }),
(.services? | values | to_entries[]
 | { consumer: .key, http: .value.url },
   { ignore: .value.replicas, why: "how a service is run" })
