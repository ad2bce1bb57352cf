import Fetch
import FoundationEssentials
import Primitives

/// The words in which an API says that it was asked too often.
enum Throttle {
    /// Longest pause that is waited for; a longer one ends the work for now.
    static let longestWait = Duration.seconds(60)
    /// How long to wait when an answer does not say.
    static let usualPause = Duration.seconds(60)

    /// How long an answer asks to wait; nil when it does not mean the rate.
    ///
    /// 403 means the rate when the allowance is used up, `Retry-After` is there, or the message says so (GitHub's secondary limits).
    static func pause(status: Int, headers: FetchHeaders, message: String?, now: Date) -> Duration? {
        guard status == 429 || status == 403 else { return nil }
        if let pause = RetryAfter.pause(headers["Retry-After"], now: now, limit: .seconds(86_400)) { return max(pause, .seconds(1)) }
        if let pause = exhausted(headers, now: now) { return pause }
        return status == 429 || message?.lowercased().contains("rate limit") == true ? usualPause : nil
    }

    /// How long the allowance stays used up; nil when there is some left.
    static func exhausted(_ headers: FetchHeaders, now: Date) -> Duration? {
        guard headers["x-ratelimit-remaining"] == "0", let text = headers["x-ratelimit-reset"], let reset = Double(text), reset > 0,
            reset < 100_000_000_000
        else { return nil }
        return .seconds(min(max(reset - now.timeIntervalSince1970, 1), 86_400).rounded(.up))
    }
}
