"""Operations on robots: made, ordered, switched, deleted, tried; runs called off or done again."""

from automation.services.robots import (
    RobotValues,
    copy_robot,
    delete_robot,
    order_robots,
    read_secret,
    save_robot,
    switch_robot,
)
from automation.services.runs import call_off, do_again, do_now
from automation.services.trials import Trial, try_stage

__all__ = [
    "RobotValues",
    "Trial",
    "call_off",
    "copy_robot",
    "delete_robot",
    "do_again",
    "do_now",
    "order_robots",
    "read_secret",
    "save_robot",
    "switch_robot",
    "try_stage",
]
