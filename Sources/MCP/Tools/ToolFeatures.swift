/// What the handler of a tool does beside returning a result: it decides whether clients get a stream.
public struct ToolFeatures: OptionSet, Sendable, Hashable {
    public let rawValue: Int

    public init(rawValue: Int) { self.rawValue = rawValue }

    /// Calls `context.progress`.
    public static let progress = ToolFeatures(rawValue: 1)
    /// Calls `context.log`.
    public static let logging = ToolFeatures(rawValue: 2)
    /// Calls `context.ask`.
    public static let input = ToolFeatures(rawValue: 4)
    /// Calls `context.pauseStream`.
    public static let pausing = ToolFeatures(rawValue: 8)

    /// Whether there is something to send before the result of a call that wants this much.
    func needsStream(progress: Bool, logging: Bool, session: Session?) -> Bool {
        contains(.progress) && progress || contains(.logging) && logging || contains(.input) && session != nil
            || contains(.pausing) && session?.version.hasPrimingEvents == true
    }
}
