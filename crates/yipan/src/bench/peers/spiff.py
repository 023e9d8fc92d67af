"""Drives SpiffWorkflow through the six-step approval: DIAGRAM SECONDS; tells its version and
cases per second of processor time as JSON."""

import json
import sys
import time
from importlib.metadata import version

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState

STEPS = ["accept", "apply", "decide", "fire", "issue", "plan"]


def case(spec):
    workflow = BpmnWorkflow(spec)
    workflow.do_engine_steps()
    done = []
    while True:
        ready = workflow.get_tasks(state=TaskState.READY, manual=True)
        if not ready:
            break
        for task in ready:
            name = task.task_spec.bpmn_id
            if name == "decide":
                task.data["granted"] = True
            task.run()
            done.append(name)
        workflow.do_engine_steps()
    if sorted(done) != STEPS:
        raise SystemExit(f"went another way: {done}")


def main():
    parser = BpmnParser()
    parser.add_bpmn_file(sys.argv[1])
    spec = parser.get_spec("approval")
    seconds, cases, begun = float(sys.argv[2]), 0, time.process_time()
    while time.process_time() - begun < seconds:
        case(spec)
        cases += 1
    spent = time.process_time() - begun
    print(json.dumps({"version": version("SpiffWorkflow"), "cases_per_cpu_s": cases / spent}))


main()
