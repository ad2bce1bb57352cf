import FoundationEssentials
import Primitives

/// What the local stack leaves for its clients in `client.env`.
struct ClientEnvironment: Sendable, Hashable {
    /// `PORTOLAN_URL`.
    let url: String?
    /// `PORTOLAN_TOKEN`.
    let token: Redacted<String>?

    /// Lines `KEY=value`; comments, blank lines, other keys, `export` and quotes around the value are accepted.
    init(parsing text: String) {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let key = PlainText.trimmed(String(parts[0].hasPrefix("export ") ? parts[0].dropFirst(7) : parts[0]))
            var value = PlainText.trimmed(String(parts[1]))
            if value.count >= 2, let quote = value.first, quote == "\"" || quote == "'", value.last == quote {
                value = String(value.dropFirst().dropLast())
            }
            if !value.isEmpty { values[key] = value }
        }
        (url, token) = (values["PORTOLAN_URL"], values["PORTOLAN_TOKEN"].map { Redacted($0) })
    }

    /// That of the stack in the current folder, else for root that of the system; nil when there is none.
    /// - Throws: ``CommandFailure`` when there is one that this account may not read.
    static func ofLocalStack(in context: CommandContext) throws(CommandFailure) -> ClientEnvironment? {
        for folder in stateFolders(in: context) {
            let file = "\(folder)/client.env"
            guard FileManager.default.fileExists(atPath: file) else { continue }
            guard let data = FileManager.default.contents(atPath: file) else {
                throw CommandFailure(
                    .usage, "The file \(file) cannot be read.", hint: "Run this as the account that started the local stack.")
            }
            return ClientEnvironment(parsing: String(decoding: data, as: UTF8.self))
        }
        return nil
    }

    /// Where the state of a local stack may lie, nearest first.
    static func stateFolders(in context: CommandContext) -> [String] {
        ["\(context.workingDirectory)/.portolan"] + (context.isRoot ? ["/var/lib/portolan"] : [])
    }
}
