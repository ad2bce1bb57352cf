import ArgumentParser

/// `portolan ingest tail ID`.
struct IngestTailCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Follow a job until it ends.",
        discussion: """
            Draws a bar on a terminal and prints plain lines elsewhere; with --json one line of JSON for each change. Ctrl-C detaches (exit \
            code 130) and the job goes on. A job that fails or is stopped ends the command with 1.
            """)

    @Argument(help: "Identifier of the job.")
    var job: String

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws { try ArgumentCheck.identifier(job, "<job>") }

    func run(with session: ClientSession) async throws {
        try JobFollower.requireSuccess(await JobFollower(session, toOutput: true).follow(job))
    }
}
