import ArgumentParser
import Composition
import Glibc

/// The `portolan` command: all roles of the product and the client of its API.
@main
struct Portolan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "portolan",
        abstract: "Ingests documentation and serves it to AI agents over MCP and to people over REST.",
        discussion: """
            Client commands talk to the API at --url, PORTOLAN_URL or the local stack, with the token of --token, PORTOLAN_TOKEN, \
            PORTOLAN_TOKEN_FILE or the local stack. They exit with 0 ok, 1 failed, 2 usage, 3 unreachable, 4 refused. `portolan db` and \
            `portolan keys` talk to the database of PORTOLAN_DATABASE_URL or of the local stack, with the same exit codes.

            `portolan --version` prints the version. `portolan --generate-completion-script bash` (or zsh, fish) prints what the shell \
            needs to complete commands, for example: portolan --generate-completion-script bash > /etc/bash_completion.d/portolan
            """,
        subcommands: [
            Up.self, Down.self, IngestCommand.self, SourcesCommand.self, DocsCommand.self, ArtifactsCommand.self, DBCommand.self,
            BackupCommand.self, RestoreCommand.self, DrillCommand.self, KeysCommand.self, ObsCommand.self, BreakersCommand.self,
            ConfigCommand.self, API.self, Worker.self, Scheduler.self, Migrate.self,
        ])

    /// The version of the product.
    static let version = Product.version

    static func main() async {
        let runner = CommandRunner(context: .process())
        Glibc.exit(await runner.run(Array(CommandLine.arguments.dropFirst())))
    }
}
