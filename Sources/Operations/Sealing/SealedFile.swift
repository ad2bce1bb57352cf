import Digests
import Domain
import Primitives

/// Files of backups as they are stored: in parts that each prove themselves, encrypted or not.
///
/// Two lines (``SealHeader``), then parts: 4 bytes of length (big endian), 1 byte that is 1 for the last part, the content, 16 bytes of tag. The tag is that of
/// AES-256-GCM, or without a key the first half of a SHA-256; it covers header, number, last mark and content, so that no part can be
/// changed, left out, doubled, exchanged or cut off unnoticed. Everything blocks for the disk.
package enum SealedFile {
    /// What went through.
    package struct Measure: Sendable, Hashable, Codable {
        /// Of the plain file.
        package var bytes: Int64
        /// Of the plain file, in hexadecimal.
        package var sha256: String

        package init(bytes: Int64, sha256: String) { (self.bytes, self.sha256) = (bytes, sha256) }
    }

    private static let part = 1 << 20

    /// Writes the file at `source` sealed into a new file at `target`.
    ///
    /// - Parameters:
    ///   - name: what it will be stored under.
    ///   - key: nil leaves it readable.
    ///   - trims: whether zeros at the end are left out, which are most of a log file that was ended early.
    package static func seal(
        _ source: String, to target: String, name: String, key: BackupKey?, trims: Bool = false,
        isCancelled: () -> Bool = { false }
    ) throws -> Measure {
        let content = try trims ? contentLength(source) : nil
        let salt = Authenticity.randomBytes(16)
        let header = SealHeader(
            name: name, cipher: key == nil ? "none" : "aes-256-gcm", key: key?.identifier, salt: salt.hexadecimal, length: content?.whole)
        let writer = try FileWriter(target)
        let first = try header.bytes
        try writer.append(first)
        var parts = PartSealer(header: first, key: key?.fileKey(salt: salt))
        let reader = try FileParts(source)
        var rest = content?.kept ?? .max
        func whole() throws -> [UInt8] {
            var bytes: [UInt8] = []
            while bytes.count < part, rest > 0 {
                let more = try reader.next(limit: min(part - bytes.count, rest))
                rest = more.isEmpty ? 0 : rest - more.count
                bytes += more
            }
            return bytes
        }
        var digest = SHA256()
        var bytes: Int64 = 0
        // One part is read ahead: the last one has to be known as such. An empty file has one, empty.
        var held = try whole()
        repeat {
            if isCancelled() { throw CancellationError() }
            let next = try whole()
            digest.update(held)
            bytes += Int64(held.count)
            try writer.append(parts.seal(held, isLast: next.isEmpty))
            held = next
        } while !held.isEmpty
        try writer.finish()
        return Measure(bytes: bytes, sha256: digest.finalize().hexadecimal)
    }

    /// Writes what is sealed in the file at `source` into a new file at `target`; without a target it only proves it.
    ///
    /// - Throws: ``Domain/Fault`` `E_BACKUP_DAMAGED` that names `name`; `E_BACKUP_KEY` when another key is needed.
    @discardableResult
    package static func open(
        _ source: String, to target: String?, name: String, key: BackupKey?, isCancelled: () -> Bool = { false }
    ) throws -> Measure {
        do {
            let reader = try SealedReader(source)
            let (header, first) = try SealHeader.read(reader)
            guard header.name == name else { throw BackupFault.damaged("is another one, \(header.name)") }
            var parts = PartSealer(header: first, key: try fileKey(header, key))
            let writer = try target.map { path throws(RootedFolder.Failure) in try FileWriter(path) }
            var digest = SHA256()
            var bytes: Int64 = 0
            while true {
                if isCancelled() { throw CancellationError() }
                let (plain, isLast) = try parts.open(reader)
                digest.update(plain)
                bytes += Int64(plain.count)
                try writer?.append(plain)
                if isLast { break }
            }
            guard try reader.take(1).isEmpty else { throw BackupFault.damaged("has something behind its end") }
            if let whole = header.length { try writer?.skip(whole - Int(bytes)) }
            try writer?.finish()
            return Measure(bytes: bytes, sha256: digest.finalize().hexadecimal)
        } catch let fault as Fault where fault.code == "E_BACKUP_DAMAGED" {
            throw Fault(
                fault.category, code: fault.code, fault.message.replacing("of the backup ", with: "of the backup (\(name)) "),
                field: fault.field, hint: fault.hint)
        }
    }

    private static func fileKey(_ header: SealHeader, _ key: BackupKey?) throws -> [UInt8]? {
        switch (header.cipher, key) {
        case ("none", nil): return nil
        // Whoever can write to the target, but has no key, could else put a file of his own in the place of one that is encrypted.
        case ("none", _):
            throw Fault(
                .configuration, code: "E_BACKUP_KEY", "The backup (\(header.name)) is not encrypted, and a key is set.",
                field: "backup_key",
                hint: "Where it is one of before the key, run the command without PORTOLAN_BACKUP_KEY.")
        case ("aes-256-gcm", let key?) where header.key == key.identifier:
            guard let salt = [UInt8](hexadecimal: header.salt), salt.count == 16 else { throw BackupFault.damaged("has no salt") }
            return key.fileKey(salt: salt)
        case ("aes-256-gcm", _):
            throw Fault(
                .configuration, code: "E_BACKUP_KEY", "The backup is encrypted with the key \(header.key ?? "").", field: "backup_key",
                hint: key == nil
                    ? "Set PORTOLAN_BACKUP_KEY or PORTOLAN_BACKUP_KEY_FILE."
                    : "PORTOLAN_BACKUP_KEY is another one, \(key?.identifier ?? "").")
        default: throw BackupFault.damaged("is sealed in a way that this release does not know")
        }
    }

    /// Bytes of a file, and of them those up to the last one that is not zero.
    private static func contentLength(_ path: String) throws -> (kept: Int, whole: Int) {
        let parts = try FileParts(path)
        var (kept, whole) = (0, 0)
        while true {
            let part = try parts.next()
            if part.isEmpty { return (kept, whole) }
            if let last = part.lastIndex(where: { $0 != 0 }) { kept = whole + last + 1 }
            whole += part.count
        }
    }
}
