import io
import json
import logging

import structlog

from gateway.log import configure, logger
from gateway.settings import LogSettings


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_step_is_one_line_with_its_action_and_ids(lines: io.StringIO) -> None:
    logger().info("stored", transmission_id="trn_1", correlation_id="ord_1")
    [line] = read(lines)
    assert (line["action"], line["transmission_id"], line["correlation_id"], line["level"]) == ("stored", "trn_1", "ord_1", "info")


def test_bytes_secrets_and_data_are_not_written(lines: io.StringIO) -> None:
    logger().info("stored", raw=b"ISA*00", hub_secret="hunter2", value="4500123987", detail="x" * 1000)
    [line] = read(lines)
    assert line["raw"] == "(6 bytes)"
    assert line["hub_secret"] == line["value"] == "(not logged)"
    assert str(line["detail"]).endswith("(1000 characters)")


def test_an_exception_is_its_class_and_frames_without_its_words(lines: io.StringIO) -> None:
    try:
        int("PO 4500123987")
    except ValueError:
        logger().exception("step-failed", transmission_id="trn_1")
    assert "4500123987" not in lines.getvalue()
    [line] = read(lines)
    assert line["fault"] == "ValueError"
    assert "test_log.py" in str(line["frames"])


def test_a_library_is_named_but_not_quoted(lines: io.StringIO) -> None:
    logging.getLogger("paramiko.transport").warning("banner of %s", "NORTHMART")
    [line] = read(lines)
    assert (line["library"], line["action"]) == ("paramiko.transport", "library-message")
    assert "NORTHMART" not in lines.getvalue()


def test_lines_below_the_level_are_left_out() -> None:
    stream = io.StringIO()
    configure(LogSettings(level="warning", format="text"), stream)
    logger().info("stored")
    logger().warning("late", transmission_id="trn_1")
    logging.getLogger().handlers.clear()
    structlog.reset_defaults()
    assert "action=late" in stream.getvalue()
    assert "stored" not in stream.getvalue()
