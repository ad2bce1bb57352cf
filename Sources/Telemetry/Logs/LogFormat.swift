/// How log lines look.
package enum LogFormat: String, Sendable, Hashable, CaseIterable {
    /// One JSON object a line, for collectors.
    case json
    /// Plain lines, for people.
    case text

    /// The format that `setting` (key `PORTOLAN_LOG_FORMAT`) asks for; without one, text on a terminal and JSON elsewhere.
    ///
    /// - Returns: nil when the setting is neither `json` nor `text`.
    package static func chosen(setting: String?, isTerminal: Bool) -> LogFormat? {
        guard let setting else { return isTerminal ? .text : .json }
        return LogFormat(rawValue: setting.lowercased())
    }
}
