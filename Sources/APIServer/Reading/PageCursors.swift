import Digests
import Domain

/// Positions in lists, as sealed cursors: one that was made up, was changed, or belongs to another list is refused, and none tells its position,
/// which counts what its holder may not see, too.
struct PageCursors: Sendable {
    /// Gives the key that all replicas share.
    let key: @Sendable () async throws -> [UInt8]

    /// Where a page begins.
    struct Position: Sendable {
        /// Items before the page.
        let offset: Int
        fileprivate let list: String
        fileprivate let key: [UInt8]

        /// The cursor of the page that begins at `offset`.
        func cursor(at offset: Int) -> String {
            let bytes = (0..<8).map { UInt8(truncatingIfNeeded: UInt64(clamping: offset) >> UInt64(56 - 8 * $0)) }
            return Sealing.seal(bytes, key: key, context: PageCursors.context(list)).hexadecimal
        }

        /// The cursor of the page after one with `count` items, of `total` in the list; nil on the last page.
        func next(count: Int, of total: Int) -> String? {
            let end = offset + count
            return count > 0 && end < total ? cursor(at: end) : nil
        }
    }

    /// Reads `cursor`, or begins with the first page when it is nil.
    ///
    /// - Parameter list: names the list and all that decides what is in it.
    /// - Throws: ``Domain/Fault`` of category `validation` for a cursor that this list never gave out.
    func position(_ cursor: String?, in list: String) async throws -> Position {
        let key = Authenticity.code(for: Array("portolan page cursor 1".utf8), key: try await key())
        return Position(offset: try cursor.map { try Self.offset($0, list, key) } ?? 0, list: list, key: key)
    }

    private static func offset(_ text: String, _ list: String, _ key: [UInt8]) throws(Fault) -> Int {
        guard text.utf8.count <= 128, let bytes = [UInt8](hexadecimal: text),
            let plain = Sealing.open(bytes, key: key, context: context(list)), plain.count == 8
        else {
            throw .invalid(field: "cursor", "The cursor is not one that this list returned.", hint: "Repeat the call without a cursor.")
        }
        return Int(clamping: plain.reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private static func context(_ list: String) -> [UInt8] { Array(list.utf8) }
}
