import FoundationEssentials

/// The texts of all settings, each with where it comes from. Precedence: flag, environment, file, default.
package struct SettingsSource: Sendable {
    /// A setting's text and its origin.
    package struct Entry: Sendable, Hashable {
        package let key: SettingKey
        package let text: String?
        /// `flag`, `environment`, `file` or `default`.
        package let origin: String
    }

    private let texts: [String: (text: String, origin: String)]
    /// Mistakes found while reading, such as unknown keys.
    let mistakes: [String]

    /// - Parameters:
    ///   - flags: by name of the key.
    ///   - environment: all variables of the process.
    package init(flags: [String: String] = [:], environment: [String: String] = ProcessInfo.processInfo.environment) {
        var mistakes: [String] = []
        var texts: [String: (text: String, origin: String)] = [:]
        let known = Dictionary(uniqueKeysWithValues: SettingKey.all.map { ($0.variable, $0) })
        if let path = flags["CONFIG"] ?? environment["PORTOLAN_CONFIG"] {
            do throws(SettingsError) {
                for (key, value) in try SettingsFile(path: path).values {
                    let name = key.uppercased()
                    if known["PORTOLAN_" + name] == nil || key != key.lowercased() {
                        mistakes.append("\(key): no such setting (file \(path))\(Self.suggestion(for: name))")
                    } else {
                        texts[name] = (value, "file")
                    }
                }
            } catch {
                mistakes += error.lines
            }
        }
        for (variable, value) in environment where variable.hasPrefix("PORTOLAN_") && !SettingKey.foreign.contains(variable) {
            if let key = known[variable] {
                texts[key.name] = (value, "environment")
            } else if variable.hasSuffix("_FILE"), let key = known[String(variable.dropLast(5))], key.isSecret {
                continue
            } else {
                mistakes.append("\(variable): no such setting\(Self.suggestion(for: String(variable.dropFirst(9))))")
            }
        }
        for key in SettingKey.all where key.isSecret {
            guard let path = environment[key.variable + "_FILE"] else { continue }
            if environment[key.variable] != nil {
                mistakes.append("\(key.variable): set once, either directly or as \(key.variable)_FILE")
            } else if let data = FileManager.default.contents(atPath: path), data.count <= 1 << 16 {
                texts[key.name] = (String(decoding: data, as: UTF8.self).trimmingWhitespace(), "environment")
            } else {
                mistakes.append("\(key.variable)_FILE: the file \(path) cannot be read")
            }
        }
        for (name, value) in flags { texts[name] = (value, "flag") }
        self.texts = texts
        self.mistakes = mistakes.sorted()
    }

    /// The text of the key called `name`; its default when it is not set, or set to nothing, as compose files do.
    func text(_ name: String) -> String? {
        if let text = texts[name]?.text, !text.trimmingWhitespace().isEmpty { return text }
        return SettingKey.all.first { $0.name == name }?.fallback
    }

    /// Every setting with its origin.
    package var entries: [Entry] {
        SettingKey.all.map { key in
            Entry(key: key, text: texts[key.name]?.text ?? key.fallback, origin: texts[key.name]?.origin ?? "default")
        }
    }

    private static func suggestion(for name: String) -> String {
        let close = SettingKey.all.map(\.name).filter { candidate in
            candidate.hasPrefix(name.prefix(4)) || Set(candidate.split(separator: "_")) == Set(name.split(separator: "_"))
        }
        return close.first.map { "; is PORTOLAN_\($0) meant?" } ?? ""
    }
}

extension String {
    func trimmingWhitespace() -> String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
