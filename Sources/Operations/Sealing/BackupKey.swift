import Digests
package import Domain
package import Primitives

/// The secret that backups are encrypted with: 32 bytes, which nobody can do without when they restore.
package struct BackupKey: Sendable {
    private let bytes: Redacted<[UInt8]>

    /// - Parameter text: 64 hexadecimal digits, such as `openssl rand -hex 32` prints.
    /// - Throws: ``Domain/Fault`` that does not repeat the text.
    package init(_ text: Redacted<String>) throws(Fault) {
        guard let bytes = [UInt8](hexadecimal: text.reveal()), bytes.count == AESGCM.keyLength else {
            throw .invalid(
                field: "backup_key", "The key of the backups must be 64 hexadecimal digits.", hint: "Make one with: openssl rand -hex 32")
        }
        self.bytes = Redacted(bytes)
    }

    /// Tells keys apart without telling anything about them.
    var identifier: String { String(Authenticity.code(for: Array("portolan backup key".utf8), key: bytes.reveal()).hexadecimal.prefix(16)) }

    /// The key for one file: no two files share one, so that nonces may be counted.
    func fileKey(salt: [UInt8]) -> [UInt8] { Authenticity.code(for: Array("portolan backup file".utf8) + salt, key: bytes.reveal()) }
}
