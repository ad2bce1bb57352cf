/// What a term is ordered by, in a form that compares quickly: most identifiers are told apart without being read again.
struct OrderKey {
    /// The kind, then the first 15 bytes of the identifier, the earliest in the highest bits.
    let head: UInt128
    /// Where the term is.
    let index: Int

    init(_ term: Term, at index: Int) {
        var head = UInt128(term.kind.rawValue)
        var rest = 15
        for byte in term.id.utf8.prefix(15) {
            head = head << 8 | UInt128(byte)
            rest -= 1
        }
        (self.head, self.index) = (head << (8 * UInt128(rest)), index)
    }
}
