/// Tidies headings.
enum HeadingCleaner {
    /// Bytes of a heading, a term or a title, beyond which it is cut: chunks and sections have copies of those above them.
    static let longest = 4096

    /// A heading's text without permalink signs at its end (¶, #, 🔗) and zero-width characters, trimmed.
    static func cleaned(_ text: String) -> String {
        withoutPermalink(text.filter { $0 != "\u{200B}" && $0 != "\u{FEFF}" }).trimmingSpaces()
    }

    /// `text` without permalink signs at its end. A sharp that belongs to a word (`C#`) stays.
    static func withoutPermalink(_ text: String) -> String {
        var text = text
        while true {
            if text.hasSuffix("¶") || text.hasSuffix("🔗") || text.hasSuffix(" ") {
                text.removeLast()
            } else if text.hasSuffix(" #") {
                text.removeLast(2)
            } else {
                return text
            }
        }
    }

    /// Splits the attribute list off the end of a Markdown heading such as `Install { #install }` or `Install {: #install .wide}`.
    ///
    /// Nil when the heading has none. The anchor is nil when the list names no identifier.
    static func attributeList(in text: String) -> (rest: String, anchor: String?)? {
        guard text.hasSuffix("}"), let open = text.lastIndex(of: "{") else { return nil }
        let words = text[text.index(after: open)...].dropLast().split(separator: " ").map { $0 == ":" ? "" : $0 }
        let names = words.map { $0.hasPrefix(":") ? $0.dropFirst() : $0[...] }.filter { !$0.isEmpty }
        guard names.contains(where: { $0.hasPrefix("#") || $0.hasPrefix(".") }) else { return nil }
        let anchor = names.first { $0.hasPrefix("#") && $0.utf8.count > 1 }.map { String($0.dropFirst()) }
        return (String(text[..<open]).trimmingSpaces(), anchor)
    }

    /// The title of a document without the name of the site behind its last separator.
    static func withoutSiteSuffix(_ title: String) -> String {
        var cut: String.Index?
        for separator in [" — ", " – ", " - ", " | ", " · ", " » ", " :: ", " • "] {
            if let range = title.ranges(of: separator).last, cut.map({ $0 < range.lowerBound }) ?? true { cut = range.lowerBound }
        }
        guard let cut, cut > title.startIndex else { return title }
        return String(title[..<cut]).trimmingSpaces()
    }
}
