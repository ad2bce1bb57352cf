import ArgumentParser

/// Checks of arguments against the bounds of the API, so that mistakes show before anything is sent.
enum ArgumentCheck {
    /// Refuses a number outside `range`.
    static func range(_ value: Int?, _ range: ClosedRange<Int>, _ name: String) throws {
        guard let value, !range.contains(value) else { return }
        throw ValidationError("\(name) is \(value); it must be within \(range.lowerBound) and \(range.upperBound).")
    }

    /// Refuses a text whose characters are too few or too many.
    static func length(_ text: String?, _ range: ClosedRange<Int>, _ name: String) throws {
        guard let text, !range.contains(text.count) else { return }
        throw ValidationError(
            "\(name) has \(Figures.count(text.count, "character")); it must have \(range.lowerBound) to \(range.upperBound).")
    }

    /// Refuses globs that are too many, empty or too long.
    static func patterns(_ patterns: [String], count: ClosedRange<Int>, bytes: ClosedRange<Int>, _ name: String) throws {
        guard count.contains(patterns.count) else {
            throw ValidationError("\(name) is given \(patterns.count) times; at most \(count.upperBound) are allowed.")
        }
        for pattern in patterns where !bytes.contains(pattern.utf8.count) {
            throw ValidationError(
                "\(name) has \(Figures.count(pattern.utf8.count, "byte")); it must have \(bytes.lowerBound) to \(bytes.upperBound).")
        }
    }

    /// Refuses an empty identifier, which would ask for something else.
    static func identifier(_ text: String, _ name: String) throws {
        guard PlainText.trimmed(text).isEmpty else { return }
        throw ValidationError("\(name) is empty.")
    }

    /// Reads `name=value` pairs; a name that is given twice has its last value.
    static func named(_ options: [String]) throws -> [String: String] {
        var named: [String: String] = [:]
        for option in options {
            guard let equals = option.firstIndex(of: "="), equals > option.startIndex else {
                throw ValidationError("'\(option)' is no option of a source: write --option name=value.")
            }
            named[String(option[..<equals])] = String(option[option.index(after: equals)...])
        }
        return named
    }
}
