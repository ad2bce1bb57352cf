import FoundationEssentials
import Primitives

/// Where the API is and what proves that one may ask it.
struct Endpoint: Sendable, Hashable {
    /// Used when nothing says otherwise.
    static let defaultURL = "http://127.0.0.1:8080"

    /// Scheme, host and port, perhaps with a path.
    let url: String
    /// The bearer token; nil when none is known.
    let token: Redacted<String>?

    /// Looks in this order: option, environment, `client.env` of the local stack, default.
    ///
    /// The token of the local stack goes to the stack's own address and to loopback addresses only, never to a server elsewhere.
    /// - Throws: ``CommandFailure`` with code usage.
    static func resolve(url: String?, token: String?, in context: CommandContext) throws(CommandFailure) -> Endpoint {
        // Whoever says all of it needs no stack, and one that belongs to another account is none of their business.
        let isSaid = nonEmpty(url) != nil && nonEmpty(token) != nil
        let stack = isSaid ? nil : try ClientEnvironment.ofLocalStack(in: context)
        let address = nonEmpty(url) ?? nonEmpty(context.environment["PORTOLAN_URL"]) ?? stack?.url ?? defaultURL
        guard let host = host(of: address) else {
            throw CommandFailure(
                .usage, "'\(address)' is no address of an API.", hint: "Give scheme, host and port, such as \(defaultURL).")
        }
        let given: String?
        if let token = nonEmpty(token) { given = token } else { given = try environmentToken(in: context) }
        if let token = given {
            guard token.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw CommandFailure(.usage, "The token has characters that no token has.", hint: "Is it cut or quoted wrongly?")
            }
            return Endpoint(url: address, token: Redacted(token))
        }
        let isLocal = address == stack?.url || isLoopback(host)
        return Endpoint(url: address, token: isLocal ? stack?.token : nil)
    }

    private static func environmentToken(in context: CommandContext) throws(CommandFailure) -> String? {
        if let token = nonEmpty(context.environment["PORTOLAN_TOKEN"]) { return token }
        guard let path = nonEmpty(context.environment["PORTOLAN_TOKEN_FILE"]) else { return nil }
        let file = path.hasPrefix("/") ? path : "\(context.workingDirectory)/\(path)"
        guard let data = FileManager.default.contents(atPath: file), data.count <= 1 << 16 else {
            throw CommandFailure(.usage, "The file \(path) of PORTOLAN_TOKEN_FILE cannot be read.")
        }
        let text = PlainText.trimmed(String(decoding: data, as: UTF8.self))
        guard !text.isEmpty else { throw CommandFailure(.usage, "The file \(path) of PORTOLAN_TOKEN_FILE is empty.") }
        return text
    }

    private static func nonEmpty(_ text: String?) -> String? { text.flatMap { $0.isEmpty ? nil : $0 } }

    /// The host of an `http` or `https` address without user, query and fragment; nil for anything else.
    static func host(of address: String) -> String? {
        guard address.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), !address.contains(where: { "?#@".contains($0) }) else { return nil }
        let lowered = address.lowercased()
        guard let scheme = ["http://", "https://"].first(where: lowered.hasPrefix) else { return nil }
        let authority = lowered.dropFirst(scheme.count).prefix { $0 != "/" }
        let host: Substring
        let rest: Substring
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            (host, rest) = (authority[authority.startIndex...end], authority[authority.index(after: end)...])
        } else {
            host = authority.prefix { $0 != ":" }
            rest = authority[host.endIndex...]
        }
        let isPort = rest.isEmpty || (rest.hasPrefix(":") && UInt16(rest.dropFirst()).map { $0 > 0 } == true)
        return host.isEmpty || !isPort ? nil : String(host)
    }

    private static func isLoopback(_ host: String) -> Bool {
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false)
        return host == "localhost" || host == "[::1]" || (bytes.count == 4 && bytes[0] == "127" && bytes.allSatisfy { UInt8($0) != nil })
    }
}
