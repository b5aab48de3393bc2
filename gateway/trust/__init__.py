"""Whom to believe: what a message says of where it comes from, and what became of checking it.

Two ways, in this order. A mail server of our own, named by its authserv-id, wrote its verdicts into
the message (`relay`); or we ask the DNS ourselves (`judge`): SPF (RFC 7208), DKIM (RFC 6376, 8301,
8463) and DMARC with its tree walk (RFC 9989). Where neither is configured nothing is checked.

A sender is *verified* only when the one domain of its one From field is proven: by DMARC, or,
where that domain publishes no policy, by a signature or a route of that very domain. A DNS that
does not answer makes it *unknown*, never verified; everything else is *unverified*. A post of a
mailing list is judged by the list's own signature, and what its From says stays unverified.
"""

from gateway.trust.judge import Judge

__all__ = ["Judge"]
