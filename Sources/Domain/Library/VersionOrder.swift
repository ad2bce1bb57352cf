/// The order of version strings: numbers count as numbers, a release comes after its pre-releases, and `latest` after everything.
package enum VersionOrder {
    /// Whether `left` is an earlier version than `right`.
    package static func precedes(_ left: String, _ right: String) -> Bool {
        if left == right { return false }
        if left == "latest" || right == "latest" { return right == "latest" }
        let (leftParts, rightParts) = (parts(left), parts(right))
        for (leftPart, rightPart) in zip(leftParts, rightParts) where leftPart != rightPart {
            switch (Int(leftPart), Int(rightPart)) {
            case (let left?, let right?): return left < right
            case (nil, .some): return true
            case (.some, nil): return false
            case (nil, nil): return leftPart < rightPart
            }
        }
        if leftParts.count == rightParts.count { return left < right }
        // "1.0rc1" comes before "1.0", but "1.0" before "1.0.1".
        let longer = leftParts.count > rightParts.count ? leftParts : rightParts
        let extraIsNumber = Int(longer[min(leftParts.count, rightParts.count)]) != nil
        return (leftParts.count < rightParts.count) == extraIsNumber
    }

    /// The latest of `versions`; nil when there are none.
    package static func latest(_ versions: [String]) -> String? { versions.max(by: precedes) }

    private static func parts(_ version: String) -> [String] {
        var parts: [String] = []
        var digits = false
        for character in version.drop(while: { $0 == "v" || $0 == "V" }) {
            guard character.isLetter || character.isNumber else {
                parts.append("")
                continue
            }
            let isDigit = character.isASCII && character.isNumber
            if parts.isEmpty || (parts.last != "" && digits != isDigit) { parts.append("") }
            parts[parts.count - 1].append(character)
            digits = isDigit
        }
        return parts.filter { !$0.isEmpty }
    }
}
