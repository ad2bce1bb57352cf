/// A term of the lexical index: a stable hash of the term, which fits the indices of pgvector's `sparsevec`.
package struct TermID: RawRepresentable, Sendable, Hashable, Comparable {
    /// 1...999,999,999.
    package let rawValue: Int32

    /// Takes an identifier that was stored before.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    package static func < (left: TermID, right: TermID) -> Bool { left.rawValue < right.rawValue }
}
