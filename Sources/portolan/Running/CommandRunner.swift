import APIClient
import ArgumentParser
import Composition

/// Parses arguments, runs the command that they name, and turns what it throws into one line on standard error and an exit code.
struct CommandRunner {
    /// What the command finds around it.
    let context: CommandContext

    /// - Parameter arguments: without the name of the program.
    /// - Returns: the exit code: 0 ok, 1 failed, 2 usage, 3 unreachable, 4 refused, 130 ended by Ctrl-C.
    func run(_ arguments: [String]) async -> Int32 {
        // Not ArgumentParser's own version flag: that one would swallow the `--version` of `ingest run`.
        if arguments == ["--version"] {
            context.terminal.output("\(Portolan.version)\n")
            return 0
        }
        do {
            var command = try Portolan.parseAsRoot(arguments)
            if !type(of: command).configuration.subcommands.isEmpty {
                context.terminal.diagnostics(Portolan.helpMessage(for: type(of: command)) + "\n")
                return CommandFailure.Code.usage.exitCode
            }
            if let command = command as? any ContextCommand {
                try await command.run(in: context)
            } else if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
            return 0
        } catch {
            return report(error)
        }
    }

    private func report(_ error: any Error) -> Int32 {
        switch error {
        case let error as APIClientError:
            let hint = error.code == .unreachable ? "'portolan up' starts a local stack; --url or PORTOLAN_URL name another." : nil
            return fail(error.description, hint: hint, error.exitCode)
        case let error as OperatorFailure:
            return fail(error.message, hint: error.hint, CommandFailure.Code(error.reason).exitCode)
        case let error as CommandFailure:
            return fail(error.message, hint: error.hint, error.code.exitCode)
        case let error as ExitCode:
            return error == .validationFailure ? CommandFailure.Code.usage.exitCode : error.rawValue
        default:
            let code = Portolan.exitCode(for: error)
            if code.isSuccess {
                context.terminal.output(Portolan.fullMessage(for: error) + "\n")
                return 0
            }
            guard code == .validationFailure else { return fail(String(describing: error), hint: nil, code.rawValue) }
            let help = Self.helpCommand(in: Portolan.fullMessage(for: error))
            return fail(Portolan.message(for: error), hint: "See '\(help)'.", CommandFailure.Code.usage.exitCode)
        }
    }

    private func fail(_ message: String, hint: String?, _ code: Int32) -> Int32 {
        let sentence = message.last.map { ".!?:)".contains($0) } == true ? message : message + "."
        let line = PlainText.line(hint.map { "\(sentence) \($0)" } ?? sentence)
        context.terminal.diagnostics("portolan: \(line)\n")
        return code
    }

    /// The help command that ArgumentParser names at the end of its message, such as `portolan ingest run --help`.
    static func helpCommand(in message: String) -> String {
        let quoted = message.split(separator: "\n").last { $0.contains("--help'") }?.split(separator: "'")
        return quoted?.first { $0.hasPrefix("portolan") && $0.hasSuffix("--help") }.map(String.init) ?? "portolan --help"
    }
}
