"""jcflow: the workflow and approval system for the annual programmes of Jobcenters."""
