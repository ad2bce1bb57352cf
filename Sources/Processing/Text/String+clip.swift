extension String {
    /// The text in two: at most `limit` bytes, cut between words where that is possible, and what follows.
    func clipped(to limit: Int) -> (text: String, rest: String) {
        guard utf8.count > limit else { return (self, "") }
        let bytes = utf8
        let end = bytes.index(bytes.startIndex, offsetBy: limit)
        var cut = bytes[..<end].lastIndex(where: \.isHTMLSpace) ?? bytes.startIndex
        if cut == bytes.startIndex {
            cut = end
            while cut > bytes.startIndex, bytes[cut] & 0xC0 == 0x80 { cut = bytes.index(before: cut) }
        }
        return (String(self[..<cut]).trimmingSpaces(), String(self[cut...]).trimmingSpaces())
    }
}
