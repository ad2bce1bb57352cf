import ArgumentParser

/// The options that every client command has.
struct ClientOptions: ParsableArguments {
    @Option(help: "Address of the API (PORTOLAN_URL, else that of the local stack, else http://127.0.0.1:8080).")
    var url: String?

    @Option(help: "Bearer token (PORTOLAN_TOKEN or PORTOLAN_TOKEN_FILE, else that of the local stack); visible to others in process lists.")
    var token: String?

    @Flag(help: "Print the API's JSON instead of a table.")
    var json = false
}
