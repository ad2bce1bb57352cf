/// Host names that look like other ones: scripts mixed in a label, or letters of another script that all look Latin.
enum Homograph {
    /// Why `labels`, decoded, are deceptive; `nil` when they are not.
    static func reason(labels: [String]) -> String? {
        let isForeignTop = labels.last.map { $0.utf8.contains { $0 >= 0x80 } } ?? false
        for label in labels where label.utf8.contains(where: { $0 >= 0x80 }) {
            let scripts = Set(label.unicodeScalars.compactMap(Script.init))
            if !isUsual(scripts) { return "it mixes scripts in one label" }
            if !isForeignTop, scripts == [.cyrillic], isAll(label, lookingLatinInCyrillic) { return "its Cyrillic letters look Latin" }
            if !isForeignTop, scripts == [.greek], isAll(label, lookingLatinInGreek) { return "its Greek letters look Latin" }
            if label.unicodeScalars.contains(where: { deceptive.contains($0) }) {
                return "it has a letter that looks like punctuation or another letter"
            }
        }
        return nil
    }

    private enum Script: Hashable {
        case latin, greek, cyrillic, armenian, hebrew, arabic, indic, thai, georgian, hangul, kana, bopomofo, han, other

        /// `nil` for digits and hyphens, which go with every script.
        init?(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x61...0x7A, 0xC0...0x24F, 0x1E00...0x1EFF: self = .latin
            case 0..<0xC0: return nil
            case 0x370...0x3FF: self = .greek
            case 0x400...0x52F, 0x2DE0...0x2DFF, 0xA640...0xA69F: self = .cyrillic
            case 0x530...0x58F: self = .armenian
            case 0x590...0x5FF: self = .hebrew
            case 0x600...0x6FF, 0x750...0x77F, 0x8A0...0x8FF: self = .arabic
            case 0x900...0xDFF: self = .indic
            case 0xE00...0xEFF: self = .thai
            case 0x10A0...0x10FF, 0x2D00...0x2D2F: self = .georgian
            case 0x1100...0x11FF, 0xA960...0xA97F, 0xAC00...0xD7FF: self = .hangul
            case 0x3005...0x3007, 0x3400...0x4DBF, 0x4E00...0x9FFF, 0x20000...0x3FFFF: self = .han
            case 0x3040...0x30FF, 0x31F0...0x31FF: self = .kana
            case 0x3100...0x312F, 0x31A0...0x31BF: self = .bopomofo
            default: self = .other
            }
        }
    }

    /// One script, or the mixtures that East Asian languages are written in.
    private static func isUsual(_ scripts: Set<Script>) -> Bool {
        scripts.count <= 1 || scripts.isSubset(of: [.latin, .han, .kana]) || scripts.isSubset(of: [.latin, .han, .hangul])
            || scripts.isSubset(of: [.latin, .han, .bopomofo])
    }

    private static func isAll(_ label: String, _ lookalikes: Set<Unicode.Scalar>) -> Bool {
        label.unicodeScalars.allSatisfy { $0.value < 0x80 || lookalikes.contains($0) }
    }

    // The sets that browsers use for the same purpose, cut to lower case.
    private static let lookingLatinInCyrillic = Set("асԁеһіјӏорԛѕԝхуъьҽпгѵѡ".unicodeScalars)
    private static let lookingLatinInGreek = Set("αικνορτυχωγηγ".unicodeScalars)
    /// Dotless i, long and clicks letters, Katakana no and middle dot, iteration marks: read as `i`, `l`, `!`, `/`, `.`.
    private static let deceptive = Set("ıƒƖȷǀǁǂǃノー・丶丿〇".unicodeScalars).subtracting("ー".unicodeScalars)
}
