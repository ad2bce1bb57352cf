/// English words that say nothing about what a text is about.
enum StopWords {
    private static let table = NameTable(
        """
        a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my no not of on or our
        s should so such t that the their them then there these they this those to was we were what when where which while who why will
        with would you your
        """.split(whereSeparator: \.isWhitespace).map { (String($0), 1) })

    /// Whether the word with the FNV hash `key` is one of them.
    static func contains(key: UInt64) -> Bool { table.value(forKey: key) != nil }
}
