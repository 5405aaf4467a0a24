"""The clocks, and the guard that keeps tests off the system's."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from workflows.clock import FixedClock, OffsetClock, SystemClock


@pytest.mark.system_clock
def test_system_clock_is_aware_and_in_utc() -> None:
    assert SystemClock().now().utcoffset() == timedelta(0)


def test_fixed_clock_moves_only_when_told(clock: FixedClock) -> None:
    before = clock.now()

    assert clock.now() == before
    assert clock.advance(days=1, hours=2) == before + timedelta(hours=26)


def test_fixed_clock_keeps_utc_and_refuses_naive_instants() -> None:
    clock = FixedClock(datetime(2023, 6, 8, 17, tzinfo=timezone(timedelta(hours=7))))

    assert clock.now() == datetime(2023, 6, 8, 10, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    with pytest.raises(ValueError, match="time zone"):
        clock.set(datetime(2023, 6, 8))


def test_offset_clock_follows_its_base(clock: FixedClock) -> None:
    visitor = OffsetClock(clock, timedelta(days=3))

    clock.advance(hours=1)

    assert visitor.now() == clock.now() + timedelta(days=3)
    assert visitor.advance(days=-1) == clock.now() + timedelta(days=2)


def test_reading_the_system_time_fails_a_test() -> None:
    with pytest.raises(pytest.fail.Exception, match="system_clock"):
        SystemClock().now()


def test_sending_mail_fails_a_test() -> None:
    import smtplib

    with pytest.raises(pytest.fail.Exception, match="smtp"):
        smtplib.SMTP("localhost", 25)
