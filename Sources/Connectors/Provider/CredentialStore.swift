import Domain
import FoundationEssentials
import Primitives

/// Credentials that an operator mounts as files: settings of a source name them and never hold them.
///
/// The file `NAME` holds the token. A token goes to its provider's own API and nowhere else, so that whoever may add a source cannot send it to
/// a server of theirs; the file `NAME.origin` beside it names one other origin, such as `https://github.example.org`.
package struct CredentialStore: Sendable {
    /// Bytes of a file at most.
    package static let maximumSize = 8192

    private let directory: String?

    /// - Parameter directory: absolute path of the folder; nil when the deployment has none.
    package init(directory: String?) { self.directory = directory }

    /// The token of `name` for the API at `api`.
    ///
    /// - Parameter home: the origin of the provider's public API, where every token of the kind may go.
    /// - Throws: ``Domain/Fault`` of category `configuration` with the field `options.credential` when there is no such file, or when the
    ///   credential is not for `api`.
    func token(_ name: String, for api: SiteURL, home: String) throws(Fault) -> Redacted<String> {
        try Self.check(name)
        guard let directory else {
            throw Self.missing("No credentials are mounted.", hint: "Set PORTOLAN_CREDENTIALS_DIR and put the token into its file \(name).")
        }
        let hint = "Put the token into the file \(name) of the folder PORTOLAN_CREDENTIALS_DIR."
        let path = "\(directory)/\(name)"
        guard FileManager.default.fileExists(atPath: path) else { throw Self.missing("There is no credential \(name).", hint: hint) }
        guard let token = Self.read(path) else {
            throw Self.missing(
                "The credential \(name) cannot be read: it must be one line of text.", limit: "\(Self.maximumSize) bytes", hint: hint)
        }
        let origin = Self.origin(api)
        guard origin == home || Self.read(path + ".origin").flatMap({ try? SiteURL($0) }).map(Self.origin) == origin else {
            throw Self.missing(
                "The credential \(name) is not for \(origin).", limit: home,
                hint: "An operator can put another origin into the file \(name).origin beside it.")
        }
        return Redacted(token)
    }

    /// Whether `name` can be a credential's: 1 to 64 of `a` to `z`, digits, `_` and `-`.
    /// - Throws: ``Domain/Fault`` of category `validation`.
    static func check(_ name: String) throws(Fault) {
        let isName =
            (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x2D
            }
        guard isName else {
            throw .invalid(
                field: "options.credential", "The name of the credential is not valid.", limit: "1 to 64 of a-z, 0-9, _ and -",
                hint: "Give the name of a mounted credential, never the token itself.")
        }
    }

    private static func missing(_ message: String, limit: String? = nil, hint: String) -> Fault {
        Fault(.configuration, code: "E_CREDENTIAL", message, field: "options.credential", limit: limit, hint: hint)
    }

    private static func origin(_ url: SiteURL) -> String { String(url.with(path: "/").description.dropLast()) }

    /// The text of a file in one line, without white space around it; nil when it is missing, too large, empty or not printable.
    private static func read(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path), data.count <= maximumSize else { return nil }
        var bytes = Array(data)[...]
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        while let first = bytes.first, first <= 0x20 { bytes.removeFirst() }
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }
}
