"""Answers the tasks of models in SpiffWorkflow: CASES; tells what came of each as JSON."""

import json
import sys
import tempfile
from collections import Counter

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.util.task import TaskState


def go_on(workflow):
    """Does what nobody is asked for; a task of no kind is one it would ask somebody for."""
    workflow.do_engine_steps()
    while bare := [
        task
        for task in workflow.get_tasks(state=TaskState.READY, manual=True)
        if type(task.task_spec).__name__ == "NoneTask"
    ]:
        for task in bare:
            task.run()
        workflow.do_engine_steps()


def run(case, folder):
    path = f"{folder}/{case['seed']}.bpmn"
    with open(path, "w", encoding="utf-8") as file:
        file.write(case["xml"])
    parser = BpmnParser()
    parser.add_bpmn_file(path)
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    workflow.get_next_task(state=TaskState.READY).data.update(case["variables"])
    go_on(workflow)
    tasks = Counter()
    for name, answer in case["order"]:
        ready = workflow.get_tasks(state=TaskState.READY, manual=True)
        open_ = [task for task in ready if task.task_spec.bpmn_id == name]
        if not open_:
            raise ValueError(f"{name} is not open: {[t.task_spec.bpmn_id for t in ready]}")
        open_[0].data.update(answer)
        open_[0].run()
        tasks[name] += 1
        go_on(workflow)
    if not workflow.completed:
        ready = workflow.get_tasks(state=TaskState.READY | TaskState.WAITING)
        raise ValueError(f"is not at its end: {[t.task_spec.name for t in ready]}")
    ended = workflow.get_tasks(state=TaskState.COMPLETED)
    ended = [task for task in ended if type(task.task_spec).__name__ == "EndEvent"]
    ended = [task for task in ended if task.workflow is workflow]
    # Each branch has variables of its own to its end.
    variables = {}
    for task in ended:
        variables.update(task.data)
    ends = Counter(task.task_spec.bpmn_id for task in ended)
    return {"ends": ends, "tasks": tasks, "variables": variables}


def main():
    told = []
    with open(sys.argv[1], encoding="utf-8") as file, tempfile.TemporaryDirectory() as folder:
        for case in json.load(file):
            try:
                came = {"Ok": run(case, folder)}
            except Exception as error:  # whatever it is, it is told with its seed
                came = {"Err": f"{type(error).__name__}: {error}"}
            told.append({"seed": case["seed"], "came": came})
    json.dump(told, sys.stdout)


main()
