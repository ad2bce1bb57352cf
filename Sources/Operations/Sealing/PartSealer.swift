import Digests
import Domain
import Primitives

/// Seals and opens the parts of one file in their order.
struct PartSealer {
    private static let tagLength = 16
    private static let longest = 1 << 20

    private let header: [UInt8]
    private let key: [UInt8]?
    private var number: UInt64 = 0

    /// - Parameters:
    ///   - header: the first lines of the file.
    ///   - key: nil leaves the parts readable.
    init(header: [UInt8], key: [UInt8]?) { (self.header, self.key) = (SHA256.hash(header), key) }

    /// The next part with what is around it.
    mutating func seal(_ plain: [UInt8], isLast: Bool) -> [UInt8] {
        let (context, nonce) = surroundings(isLast)
        number += 1
        let length = UInt32(plain.count)
        let frame = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + [isLast ? 1 : 0]
        guard let key else { return frame + plain + Self.tag(plain, context) }
        return frame + AESGCM.seal(plain, key: key, nonce: nonce, context: context)
    }

    /// The plain content of the next part.
    mutating func open(_ reader: SealedReader) throws -> (plain: [UInt8], isLast: Bool) {
        let frame = try reader.take(5)
        guard frame.count == 5, frame[4] <= 1 else { throw BackupFault.damaged("ends too early") }
        let length = frame[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard length <= Self.longest else { throw BackupFault.damaged("has a part that cannot be so long") }
        let sealed = try reader.take(length + Self.tagLength)
        guard sealed.count == length + Self.tagLength else { throw BackupFault.damaged("ends too early") }
        let isLast = frame[4] == 1
        let (context, nonce) = surroundings(isLast)
        number += 1
        guard let key else {
            let plain = Array(sealed[..<length])
            guard Self.tag(plain, context) == Array(sealed[length...]) else { throw BackupFault.damaged("was changed") }
            return (plain, isLast)
        }
        guard let plain = AESGCM.open(sealed, key: key, nonce: nonce, context: context) else { throw BackupFault.damaged("was changed") }
        return (plain, isLast)
    }

    private func surroundings(_ isLast: Bool) -> (context: [UInt8], nonce: [UInt8]) {
        let count = (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
        return (header + count + [isLast ? 1 : 0], [0, 0, 0, 0] + count)
    }

    private static func tag(_ plain: [UInt8], _ context: [UInt8]) -> [UInt8] {
        var digest = SHA256()
        digest.update(context)
        digest.update(plain)
        return Array(digest.finalize().prefix(tagLength))
    }
}

/// Exact numbers of bytes from a file.
final class SealedReader {
    private let parts: FileParts
    private var held: [UInt8] = []
    private var start = 0

    init(_ path: String) throws(RootedFolder.Failure) { parts = try FileParts(path) }

    /// The next `count` bytes; fewer at the end of the file.
    func take(_ count: Int) throws(RootedFolder.Failure) -> [UInt8] {
        while held.count - start < count {
            let more = try parts.next()
            if more.isEmpty { break }
            held.removeFirst(start)
            start = 0
            held += more
        }
        let end = min(start + count, held.count)
        defer { start = end }
        return Array(held[start..<end])
    }
}
