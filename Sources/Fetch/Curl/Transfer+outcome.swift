import CLibcurl

extension Transfer {
    /// What to tell the caller when libcurl ended the transfer with `code`. The handle must still be there.
    func outcome(_ code: CURLcode) -> Result<FetchResponse, FetchError> {
        if let fault { return .failure(fault) }
        guard code != CURLE_OK, !isBodyUnwanted else { return .success(FetchResponse(head: head, body: body, timings: timings)) }
        return .failure(error(code))
    }

    private func error(_ code: CURLcode) -> FetchError {
        let text = unsafe String(cString: curl_easy_strerror(code))
        func error(_ kind: FetchError.Code, _ message: String, isPermanent: Bool = false) -> FetchError {
            FetchError(kind, message, underlying: "libcurl \(code.rawValue): \(text)", isPermanent: isPermanent)
        }
        switch code {
        case CURLE_COULDNT_CONNECT where refusal != nil && socketsOpenedForHop == 0, CURLE_ABORTED_BY_CALLBACK where refusal != nil:
            return FetchError(.refusedAddress, "the address may not be used", refusal: refusal, underlying: text)
        case CURLE_COULDNT_RESOLVE_HOST: return error(.dns, "the host name does not resolve")
        case CURLE_COULDNT_CONNECT: return error(.connect, "no connection could be made")
        case CURLE_OPERATION_TIMEDOUT: return error(.timeout, timeoutMessage)
        case CURLE_SSL_CONNECT_ERROR: return error(.tls, "TLS could not be set up")
        case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ENGINE_NOTFOUND, CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_PINNEDPUBKEYNOTMATCH:
            return error(.tls, "the certificate of the peer is not trusted", isPermanent: true)
        case CURLE_TOO_MANY_REDIRECTS: return error(.tooManyRedirects, "more redirects than allowed", isPermanent: true)
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE:
            return error(.connectionLost, "the connection broke before the answer was complete")
        case CURLE_HTTP2, CURLE_HTTP2_STREAM: return error(.protocol, "the HTTP/2 stream broke")
        case CURLE_OUT_OF_MEMORY: return error(.overloaded, "libcurl is out of memory")
        case CURLE_URL_MALFORMAT: return error(.invalidRequest, "the address is malformed")
        case CURLE_LOGIN_DENIED: return error(.invalidRequest, "the address has user information")
        default: return error(.protocol, "the peer does not speak HTTP as it should", isPermanent: true)
        }
    }

    private var timeoutMessage: String {
        if duration(CURLINFO_PRETRANSFER_TIME_T) == .zero { return "no connection was made in time" }
        return status == 0 ? "no answer came in time" : "the answer was not complete in time"
    }

    private var timings: FetchTimings {
        var opened = 0
        if let handle = unsafe handle { unsafe _ = portolan_curl_get_long(handle, CURLINFO_NUM_CONNECTS, &opened) }
        return FetchTimings(
            resolved: duration(CURLINFO_NAMELOOKUP_TIME_T), connected: duration(CURLINFO_CONNECT_TIME_T),
            secured: duration(CURLINFO_APPCONNECT_TIME_T), firstByte: duration(CURLINFO_STARTTRANSFER_TIME_T),
            total: duration(CURLINFO_TOTAL_TIME_T), connectionsOpened: opened)
    }

    private func duration(_ info: CURLINFO) -> Duration {
        var microseconds: curl_off_t = 0
        guard let handle = unsafe handle, unsafe portolan_curl_get_offset(handle, info, &microseconds) == CURLE_OK else { return .zero }
        return .microseconds(Int64(microseconds))
    }
}
