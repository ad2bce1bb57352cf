import Digests
import Domain
import FoundationEssentials

/// The first two lines of a sealed file: what it is, and a line of JSON that says how to read the rest.
struct SealHeader: Sendable, Codable, Equatable {
    static let magic = "PORTOLAN-SEALED-1\n"
    /// Longest line of JSON.
    static let limit = 4096

    /// Under which name it was stored: a file that was moved to another one's place does not open.
    var name: String
    /// `none`, or `aes-256-gcm`.
    var cipher: String
    /// Identifier of the key; nil without one.
    var key: String?
    /// 16 random bytes in hexadecimal.
    var salt: String
    /// How long the plain file is when zeros were left out at its end; nil when none were.
    var length: Int?

    /// Both lines.
    var bytes: [UInt8] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return Array(Self.magic.utf8) + Array(try encoder.encode(self)) + [0x0A]
        }
    }

    /// Reads both lines from `reader`.
    static func read(_ reader: SealedReader) throws -> (header: SealHeader, bytes: [UInt8]) {
        let magic = try reader.take(magic.utf8.count)
        guard magic == Array(Self.magic.utf8) else { throw BackupFault.damaged("is no sealed file of a backup") }
        var line: [UInt8] = []
        while line.last != 0x0A {
            guard line.count < limit, let byte = try reader.take(1).first else { throw BackupFault.damaged("ends in its first lines") }
            line.append(byte)
        }
        guard let header = try? JSONDecoder().decode(SealHeader.self, from: Data(line)) else {
            throw BackupFault.damaged("has a first line that says nothing")
        }
        return (header, magic + line)
    }
}

/// What can be wrong with a backup.
enum BackupFault {
    /// A file of a backup that is not as it was written.
    static func damaged(_ what: String, file: String = "") -> Fault {
        Fault(
            .internal, code: "E_BACKUP_DAMAGED", "A file of the backup \(file.isEmpty ? "" : "(\(file)) ")\(what).", field: "backup",
            hint: "Take another backup: `portolan backup list` shows them, `portolan backup verify` which are whole.")
    }
}
