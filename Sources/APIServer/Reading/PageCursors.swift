import Retrieval

/// Positions in lists that count, as signed cursors: one that was made up, was changed, or belongs to another list is refused.
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
        func cursor(at offset: Int) -> String { SearchCursor(offset: offset).encoded(for: list, key: key) }

        /// The cursor of the page after one with `count` items, of `total` in the list; nil on the last page.
        func next(count: Int, of total: Int) -> String? {
            let end = offset + count
            return count > 0 && end < total ? cursor(at: end) : nil
        }
    }

    /// Reads `cursor`, or begins with the first page when it is nil.
    ///
    /// - Parameter list: names the list and all that decides what is in it; without U+001F, which searches have in their names.
    /// - Throws: ``Domain/Fault`` of category `validation` for a cursor that this list never gave out.
    func position(_ cursor: String?, in list: String) async throws -> Position {
        let key = try await key()
        return Position(offset: try cursor.map { try SearchCursor($0, for: list, key: key).offset } ?? 0, list: list, key: key)
    }
}
