"""Quiet hours: when no news goes out, unless it is of a kind that may wake people."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from gateway.config import NoticeSettings


def quiet_until(settings: NoticeSettings, zone: str, kind: str, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` falls; None where a notice of `kind` may go."""
    if not settings.quiet or kind in settings.loud:
        return None
    start, end = (time.fromisoformat(part.strip()) for part in settings.quiet.split("-"))
    local = now.astimezone(ZoneInfo(zone))
    clock = local.time()
    is_quiet = start <= clock < end if start < end else (clock >= start or clock < end)
    if not is_quiet:
        return None
    day = local.date() if clock < end else local.date() + timedelta(days=1)
    return datetime.combine(day, end, local.tzinfo)
