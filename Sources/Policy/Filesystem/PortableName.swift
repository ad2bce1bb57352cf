/// Names that mean the same on all common systems.
enum PortableName {
    /// What is wrong with `name`, to go on after "the name"; `nil` when nothing is.
    ///
    /// Refused is what another system reads as something else than a name, or shows as another name. Characters that a system merely
    /// cannot store, such as `?`, pass: mirrors of web sites have them.
    static func objection(_ name: String) -> String? {
        for scalar in name.unicodeScalars {
            switch scalar.value {
            case 0..<0x20, 0x7F...0x9F, 0x2028, 0x2029: return "has a control character"
            case 0x200E, 0x200F, 0x061C, 0x202A...0x202E, 0x2066...0x2069: return "has a character that changes the direction of text"
            case 0x5C: return "has a backslash, which separates levels on some systems"
            case 0x3A: return "has a colon, which names a stream or a drive on some systems"
            default: continue
            }
        }
        if name.hasSuffix(".") || name.hasSuffix(" ") { return "ends with a dot or a space, which some systems leave out" }
        let stem = name.prefix { $0 != "." }
        let trimmed = String(stem.reversed().drop { $0 == " " }.reversed()).uppercased()
        return reserved.contains(trimmed) ? "is reserved for a device on some systems" : nil
    }

    // https://learn.microsoft.com/windows/win32/fileio/naming-a-file: with any extension, and with superscript digits too.
    private static let reserved: Set<String> = Set(
        ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$", "CLOCK$"]
            + ["COM", "LPT"].flatMap { port in "0123456789¹²³".map { "\(port)\($0)" } })
}
