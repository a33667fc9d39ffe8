# Terraform without modules: aws_security_group_rule, private subnets behind one NAT gateway, one service that CodeDeploy deploys.
terraform {
  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "edit" {
  type    = string
  default = ""
}

provider "aws" {
  region = "eu-west-1"
}

locals {
  port = var.edit == "port" ? 9090 : 8080
}

resource "aws_vpc" "this" {
  cidr_block = "10.0.0.0/16"
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "public" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.0.${count.index}.0/24"
  availability_zone = "eu-west-1${["a", "b"][count.index]}"
}

resource "aws_subnet" "private" {
  count             = 2
  vpc_id            = aws_vpc.this.id
  cidr_block        = "10.0.1${count.index}.0/24"
  availability_zone = "eu-west-1${["a", "b"][count.index]}"
}

resource "aws_eip" "nat" {
  domain = "vpc"
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.public[var.edit == "gateway moved" ? 1 : 0].id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
  route {
    cidr_block     = "0.0.0.0/0"
    nat_gateway_id = aws_nat_gateway.this.id
  }
}

resource "aws_route_table_association" "private" {
  count          = 2
  subnet_id      = aws_subnet.private[count.index].id
  route_table_id = aws_route_table.private.id
}

resource "aws_security_group" "balancer" {
  name   = "balancer"
  vpc_id = aws_vpc.this.id
}

resource "aws_security_group" "tasks" {
  name        = "tasks"
  description = var.edit == "description" ? "Tasks of the shop" : "Tasks"
  vpc_id      = aws_vpc.this.id
}

resource "aws_security_group_rule" "http" {
  type              = "ingress"
  security_group_id = aws_security_group.balancer.id
  protocol          = "tcp"
  from_port         = 80
  to_port           = 80
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_security_group_rule" "to_tasks" {
  type                     = "egress"
  security_group_id        = aws_security_group.balancer.id
  protocol                 = "tcp"
  from_port                = local.port
  to_port                  = local.port
  source_security_group_id = aws_security_group.tasks.id
}

resource "aws_security_group_rule" "from_balancer" {
  type                     = "ingress"
  security_group_id        = aws_security_group.tasks.id
  protocol                 = "tcp"
  from_port                = local.port
  to_port                  = local.port
  source_security_group_id = aws_security_group.balancer.id
}

resource "aws_security_group_rule" "out" {
  type              = "egress"
  security_group_id = aws_security_group.tasks.id
  protocol          = "-1"
  from_port         = 0
  to_port           = 0
  cidr_blocks       = ["0.0.0.0/0"]
}

resource "aws_lb" "this" {
  name            = "flat"
  security_groups = [aws_security_group.balancer.id]
  subnets         = aws_subnet.public[*].id
}

resource "aws_lb_target_group" "api" {
  name        = "api"
  port        = var.edit == "target group" ? 81 : 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.this.id
}

resource "aws_lb_target_group" "deployed" {
  for_each    = toset(["blue", "green"])
  name        = each.key
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = aws_vpc.this.id
}

resource "aws_lb_listener" "http" {
  load_balancer_arn = aws_lb.this.arn
  port              = 80
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.deployed[var.edit == "other color" ? "green" : "blue"].arn
  }
}

resource "aws_lb_listener_rule" "api" {
  listener_arn = aws_lb_listener.http.arn
  priority     = 10
  action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.api.arn
  }
  condition {
    path_pattern {
      values = ["/api", "/api/*"]
    }
  }
  condition {
    http_header {
      http_header_name = "X-Version"
      values           = ["2"]
    }
  }
}

resource "aws_ecs_cluster" "this" {
  name = "flat"
}

resource "aws_iam_role" "execution" {
  name = "flat-execution"
  path = var.edit == "role" ? "/shop/" : "/"
  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "ecs-tasks.amazonaws.com" } }]
  })
}

resource "aws_ecs_task_definition" "this" {
  for_each                 = toset(["api", "web"])
  family                   = "flat-${each.key}"
  cpu                      = 256
  memory                   = 512
  network_mode             = "awsvpc"
  requires_compatibilities = ["FARGATE"]
  execution_role_arn       = aws_iam_role.execution.arn
  skip_destroy             = true
  container_definitions = jsonencode([{
    name         = "app"
    image        = "nginx:1.28"
    portMappings = [{ containerPort = local.port }]
  }])
}

resource "aws_ecs_service" "api" {
  name            = "api"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this["api"].arn
  desired_count   = 2
  launch_type     = "FARGATE"
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.tasks.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.api.arn
    container_name   = "app"
    container_port   = local.port
  }
  depends_on = [aws_lb_listener_rule.api]
}

resource "aws_ecs_service" "web" {
  name            = "web"
  cluster         = aws_ecs_cluster.this.id
  task_definition = aws_ecs_task_definition.this["web"].arn
  desired_count   = 2
  launch_type     = "FARGATE"
  deployment_controller {
    type = "CODE_DEPLOY"
  }
  network_configuration {
    subnets         = aws_subnet.private[*].id
    security_groups = [aws_security_group.tasks.id]
  }
  load_balancer {
    target_group_arn = aws_lb_target_group.deployed["blue"].arn
    container_name   = "app"
    container_port   = 8080
  }
  lifecycle {
    ignore_changes = [task_definition, load_balancer]
  }
  depends_on = [aws_lb_listener.http]
}
